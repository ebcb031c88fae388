//! The tables as diesel sees them, the same for both databases. It is one list, and so longer than
//! other files. `migrations/` creates the tables and explains their columns.

mod people;

pub(super) use people::*;

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Binary,
    }
}

diesel::table! {
    contract (id) {
        id -> Integer,
        number -> Integer,
    }
}

diesel::table! {
    setup_tokens (digest) {
        digest -> Binary,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        email_folded -> Text,
        name -> Text,
        password_hash -> Text,
        created_at -> Timestamp,
        generation -> Integer,
        administrator -> Bool,
        disabled_at -> Nullable<Timestamp>,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (digest) {
        digest -> Binary,
        user_id -> Text,
        state -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        name -> Text,
        browser -> Text,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_failures (id) {
        id -> Binary,
        account -> Binary,
        address -> Binary,
        at -> Timestamp,
        net_56 -> Nullable<Binary>,
        net_48 -> Nullable<Binary>,
    }
}

diesel::table! {
    projects (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        description -> Text,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        deleted_by -> Nullable<Text>,
        secret_key_days -> Nullable<Integer>,
        pause_leaked -> Bool,
    }
}

diesel::table! {
    members (project_id, user_id) {
        project_id -> Text,
        user_id -> Text,
        role -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    environments (id) {
        id -> Text,
        project_id -> Text,
        name -> Text,
        protected -> Bool,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        deleted_by -> Nullable<Text>,
        former_names -> Text,
        answers_all -> Bool,
    }
}

diesel::table! {
    former_names (project_id, name) {
        project_id -> Text,
        name -> Text,
        environment_id -> Text,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        environment_id -> Text,
        project_id -> Text,
        kind -> Text,
        name -> Text,
        name_folded -> Text,
        mask -> Text,
        digest -> Binary,
        form_token -> Nullable<Text>,
        created_at -> Timestamp,
        created_by -> Nullable<Text>,
        deleted_at -> Nullable<Timestamp>,
        deleted_by -> Nullable<Text>,
        rate_limit -> Nullable<Integer>,
        rate_burst -> Nullable<Integer>,
        scopes -> Nullable<Text>,
        address_ranges -> Nullable<Text>,
        seen_in_browser_at -> Nullable<Timestamp>,
        expires_at -> Nullable<Timestamp>,
        expired_at -> Nullable<Timestamp>,
        paused_at -> Nullable<Timestamp>,
        overlap_until -> Nullable<Timestamp>,
        note -> Text,
        leaked_at -> Nullable<Timestamp>,
        former_leaked_at -> Nullable<Timestamp>,
        expiry_told -> Nullable<Integer>,
    }
}

// SQLite creates and fills this table itself.
diesel::table! {
    sqlite_master (name) {
        #[sql_name = "type"]
        type_ -> Text,
        name -> Text,
    }
}

// This table exists on SQLite only.
diesel::table! {
    key_counts (environment_id, kind) {
        environment_id -> Text,
        kind -> Text,
        living -> BigInt,
    }
}

// This table exists on SQLite only.
diesel::table! {
    verification_keys (number) {
        number -> BigInt,
        digest -> Binary,
        key_id -> Text,
        environment_id -> Text,
        project_id -> Text,
        kind -> Text,
        name -> Text,
        deleted_at -> Nullable<Timestamp>,
        rate_limit -> Nullable<Integer>,
        rate_burst -> Nullable<Integer>,
        scopes -> Nullable<Text>,
        address_ranges -> Nullable<Text>,
        seen_in_browser_at -> Nullable<Timestamp>,
        expires_at -> Nullable<Timestamp>,
        expired_at -> Nullable<Timestamp>,
        paused_at -> Nullable<Timestamp>,
        overlap_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    policies (environment_id) {
        environment_id -> Text,
        tag -> Text,
        settings -> Text,
    }
}

diesel::table! {
    rotated_secrets (digest, project_id) {
        digest -> Binary,
        project_id -> Text,
        key_id -> Text,
        mask -> Text,
        form_token -> Text,
        rotated_at -> Timestamp,
        valid_until -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    key_terms (environment_id, term, key_id) {
        environment_id -> Text,
        term -> Text,
        key_id -> Text,
    }
}

diesel::joinable!(members -> projects (project_id));
diesel::joinable!(members -> users (user_id));
diesel::joinable!(known_browsers -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(known_browsers, users);
diesel::joinable!(environments -> projects (project_id));
diesel::joinable!(api_keys -> environments (environment_id));
diesel::allow_tables_to_appear_in_same_query!(environments, key_counts);
diesel::allow_tables_to_appear_in_same_query!(
    users,
    projects,
    members,
    environments,
    api_keys,
    rotated_secrets,
    key_terms
);
diesel::allow_tables_to_appear_in_same_query!(policies, environments);
diesel::allow_tables_to_appear_in_same_query!(policies, projects);
diesel::allow_tables_to_appear_in_same_query!(contract, environments);
diesel::allow_tables_to_appear_in_same_query!(contract, projects);
diesel::allow_tables_to_appear_in_same_query!(contract, verification_keys);
diesel::allow_tables_to_appear_in_same_query!(contract, policies);
diesel::allow_tables_to_appear_in_same_query!(contract, api_keys);
diesel::allow_tables_to_appear_in_same_query!(contract, rotated_secrets);
diesel::allow_tables_to_appear_in_same_query!(former_names, environments);
diesel::allow_tables_to_appear_in_same_query!(policies, api_keys);
diesel::allow_tables_to_appear_in_same_query!(policies, rotated_secrets);
diesel::allow_tables_to_appear_in_same_query!(usage_latest, api_keys);
diesel::allow_tables_to_appear_in_same_query!(usage_hours, api_keys);
diesel::allow_tables_to_appear_in_same_query!(usage_latest, users);
diesel::allow_tables_to_appear_in_same_query!(usage_latest, key_terms);
diesel::allow_tables_to_appear_in_same_query!(usage_latest, environments);
diesel::joinable!(rotated_secrets -> api_keys (key_id));
diesel::joinable!(policies -> environments (environment_id));
diesel::joinable!(former_names -> environments (environment_id));
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    environments::project_id,
    api_keys::environment_id,
    api_keys::kind
);

diesel::table! {
    activity (id) {
        id -> Text,
        project_id -> Nullable<Text>,
        at -> Timestamp,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        subject -> Text,
        subject_folded -> Text,
        mask -> Text,
        detail -> Text,
        environment_id -> Nullable<Text>,
        environment -> Text,
        actor_id -> Nullable<Text>,
        actor -> Text,
        address -> Nullable<Text>,
        session -> Nullable<Text>,
        says -> Nullable<Text>,
    }
}

diesel::table! {
    known_browsers (digest) {
        digest -> Binary,
        user_id -> Text,
        generation -> Integer,
        failures -> Integer,
        signed_in_at -> Timestamp,
    }
}

diesel::table! {
    usage_hours (key_id, hour) {
        key_id -> Text,
        hour -> Timestamp,
        accepted -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    usage_refusals (key_id, hour, reason) {
        key_id -> Text,
        hour -> Timestamp,
        reason -> Text,
        calls -> BigInt,
    }
}

diesel::table! {
    usage_places (key_id, day, kind, place) {
        key_id -> Text,
        day -> Timestamp,
        kind -> Text,
        place -> Text,
        accepted -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    usage_values (digest, slot) {
        digest -> Binary,
        slot -> Timestamp,
        accepted -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    usage_value_places (digest, kind, place) {
        digest -> Binary,
        kind -> Text,
        place -> Text,
        accepted -> BigInt,
        refused -> BigInt,
        last_at -> Timestamp,
    }
}

diesel::table! {
    usage_latest (key_id) {
        key_id -> Text,
        accepted_at -> Nullable<Timestamp>,
        refused_at -> Nullable<Timestamp>,
        refused_address -> Nullable<Text>,
        environment_id -> Nullable<Text>,
        kind -> Nullable<Text>,
        listed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    gateways_seen (peer, asked) {
        peer -> Text,
        asked -> Text,
        environment_id -> Nullable<Text>,
        trusted -> Bool,
        original_at -> Nullable<Timestamp>,
        untrusted_original_at -> Nullable<Timestamp>,
        last_at -> Timestamp,
        good_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        digest -> Binary,
        project_id -> Text,
        project -> Text,
        email -> Text,
        email_folded -> Text,
        role -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<Text>,
        expires_at -> Timestamp,
        mail -> Text,
        ended -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Text>,
    }
}
