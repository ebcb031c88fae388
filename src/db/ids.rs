//! Ids: a prefix that says of what, and a UUIDv7 (RFC 9562) in 32 hex digits.

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use rand::Rng;

/// The UUIDv7 of `now`, in 32 hex digits.
fn uuid(now: NaiveDateTime, rng: &mut impl Rng) -> String {
    let millis = u64::try_from(now.and_utc().timestamp_millis()).unwrap_or(0);
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().simple().to_string()
}

macro_rules! id {
    ($name:ident, $prefix:literal, $of:literal) => {
        #[doc = concat!("The id of ", $of, ": `", $prefix, "` + 32 hex digits.")]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        pub struct $name(String);

        impl $name {
            /// A new id, which sorts after those made in earlier milliseconds.
            pub fn new(now: NaiveDateTime, rng: &mut impl Rng) -> Self {
                Self(format!(concat!($prefix, "{}"), uuid(now, rng)))
            }

            /// The id that `text` spells, if it has the shape of one.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.strip_prefix($prefix)?;
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                (digits.len() == 32 && digits.bytes().all(hex)).then(|| Self(text.to_owned()))
            }

            /// The whole id, prefix included.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            String: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                String::from_sql(bytes).map(Self)
            }
        }
    };
}

id!(UserId, "usr_", "a user");
id!(ProjectId, "prj_", "a project");
id!(EnvironmentId, "env_", "an environment");
id!(KeyId, "key_", "an API key");
id!(ActivityId, "act_", "an entry of the activity");

/// An enum that is stored as one of a few words; `parse` and `as_str` are the same words everywhere:
/// database, URLs, headers, command line.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one with this word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let word = String::from_sql(bytes)?;
                Self::parse(&word).ok_or_else(|| format!(concat!("not a ", stringify!($name), ": {}"), word).into())
            }
        }
    };
}

words! {
    /// What a key may be used for.
    Kind {
        /// Client-side, limited permissions: `pk_`.
        Publishable = "publishable",
        /// Server-side only, full permissions: `sk_`.
        Secret = "secret",
    }
}

words! {
    /// What a member may do in a project.
    Role {
        /// Everything; a project always has one.
        Owner = "owner",
        /// All but deleting or handing over the project.
        Admin = "admin",
        /// Keys and environments, where they are not protected.
        Member = "member",
        /// Looks on.
        Viewer = "viewer",
    }
}

words! {
    /// What was done.
    Action {
        /// A key was issued.
        KeyCreated = "key.created",
        /// A key was deleted.
        KeyDeleted = "key.deleted",
        /// A project was made.
        ProjectCreated = "project.created",
        /// A key got another name or note.
        KeyChanged = "key.changed",
        /// A key is refused until it is resumed.
        KeyPaused = "key.paused",
        /// A key is good again.
        KeyResumed = "key.resumed",
        /// A key got a new value.
        KeyRotated = "key.rotated",
        /// The value that a rotation replaced is refused.
        KeyOverlapEnded = "key.overlap_ended",
        /// Keys of another system were added.
        KeysImported = "keys.imported",
        /// The longest life of secret keys was changed.
        KeyLifeChanged = "project.key_life_changed",
    }
}

words! {
    /// What it was done to.
    SubjectKind {
        /// An API key.
        Key = "key",
        /// A project.
        Project = "project",
    }
}

words! {
    /// What the list of keys can be narrowed to.
    KeyStatus {
        /// Good, for now.
        Active = "active",
        /// Good, for two more weeks at the most.
        Expiring = "expiring",
        /// Not good any more.
        Expired = "expired",
        /// Not good for now.
        Paused = "paused",
    }
}

words! {
    /// In which order the list of keys stands.
    #[derive(Default)]
    KeySort {
        /// The newest first.
        #[default]
        Newest = "newest",
        /// By their names.
        Name = "name",
    }
}
