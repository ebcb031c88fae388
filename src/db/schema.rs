//! The tables as diesel sees them, the same for both databases. `migrations/` makes them and explains
//! their columns.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Binary,
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
    }
}

diesel::table! {
    sessions (digest) {
        digest -> Binary,
        user_id -> Text,
        state -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
    }
}

diesel::table! {
    sign_in_failures (id) {
        id -> Binary,
        account -> Binary,
        address -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    projects (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        description -> Text,
        created_at -> Timestamp,
        secret_key_days -> Nullable<Integer>,
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
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        environment_id -> Text,
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
        expires_at -> Nullable<Timestamp>,
        expired_at -> Nullable<Timestamp>,
        paused_at -> Nullable<Timestamp>,
        overlap_until -> Nullable<Timestamp>,
        note -> Text,
    }
}

diesel::table! {
    rotated_secrets (digest) {
        digest -> Binary,
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
diesel::joinable!(environments -> projects (project_id));
diesel::joinable!(api_keys -> environments (environment_id));
diesel::allow_tables_to_appear_in_same_query!(users, projects, members, environments, api_keys, rotated_secrets, key_terms);
diesel::joinable!(rotated_secrets -> api_keys (key_id));
diesel::allow_columns_to_appear_in_same_group_by_clause!(environments::project_id, api_keys::environment_id, api_keys::kind);

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
    }
}
