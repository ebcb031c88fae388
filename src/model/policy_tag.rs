//! The version of an environment's policy.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use rand::Rng;

/// 128 random bits in 32 hex digits, new with every change of an environment's policy.
///
/// Not a number that counts up: after a failover or a restore the same number could come back with
/// another text, and a process that still knows the former text would take it for the current one.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct PolicyTag(String);

impl PolicyTag {
    pub fn new(rng: &mut impl Rng) -> Self {
        let mut bits = [0; 16];
        rng.fill_bytes(&mut bits);
        Self(hex::encode(bits))
    }

    /// The tag that `text` spells, if it has the shape of one.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 32 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for PolicyTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<DB: Backend> ToSql<Text, DB> for PolicyTag
where
    String: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// Any text can be read as a tag, because a tag is only compared. If an odd one were an error, its
/// row would fail the whole batch that it was read in.
impl<DB: Backend> FromSql<Text, DB> for PolicyTag
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn tags_are_random_and_have_one_shape() {
        let rng = &mut StdRng::seed_from_u64(7);
        let (one, two) = (PolicyTag::new(rng), PolicyTag::new(rng));
        assert_ne!(one, two);
        assert_eq!(PolicyTag::parse(&one.to_string()), Some(one));
        for bad in ["", "0", "1", &"0".repeat(31), &"0".repeat(33), &"F".repeat(32)] {
            assert_eq!(PolicyTag::parse(bad), None, "{bad}");
        }
    }
}
