//! Ids: a prefix that names the type, and a UUIDv7 (RFC 9562) in 32 hex digits.

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

            /// The digits of the id as a number, which is cheaper to keep and to compare than text.
            pub fn number(&self) -> Option<u128> {
                u128::from_str_radix(self.0.strip_prefix($prefix)?, 16).ok()
            }

            /// The id with this number.
            pub fn of_number(number: u128) -> Self {
                Self(format!(concat!($prefix, "{:032x}"), number))
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
id!(InvitationId, "inv_", "an invitation");
