//! The tables about accounts that no query joins with others.

diesel::table! {
    two_step (user_id) {
        user_id -> Text,
        secret -> Binary,
        last_step -> BigInt,
        since -> Timestamp,
        failures -> Integer,
        untrusted_failures -> Integer,
        untrusted_failed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    pending_sign_ins (digest) {
        digest -> Binary,
        user_id -> Text,
        generation -> Integer,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    email_changes (user_id) {
        user_id -> Text,
        digest -> Binary,
        email -> Text,
        generation -> Integer,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    recovery_codes (user_id, hash) {
        user_id -> Text,
        hash -> Text,
    }
}

diesel::table! {
    hand_overs (project_id) {
        project_id -> Text,
        to_user -> Text,
        asked_by -> Text,
        asked_at -> Timestamp,
        due_at -> Timestamp,
        digest -> Binary,
    }
}
