//! Address ranges (CIDR, RFC 4632) that a secret key may be used from.

use std::net::IpAddr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use ipnet::IpNet;

use super::stored::stored_as_text;

/// The most ranges that a key may have.
const MOST: usize = 32;

/// At least one range.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct AddressRanges {
    text: String,
    all: Vec<IpNet>,
}

/// Why a text is no list of ranges.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Neither an address nor a range.
    #[error("'{0}' is not an address like 203.0.113.7 or a range like 10.0.0.0/8.")]
    Shape(String),
    /// An address with bits set beyond its prefix, such as `10.0.0.1/8`.
    #[error("'{0}' does not begin at the range's first address. Did you mean {1}?")]
    HostBits(String, String),
    /// IPv4 written as IPv6. Callers are always compared by their IPv4 address, so it would never
    /// match.
    #[error("'{0}': write IPv4 addresses as 10.0.0.0/8.")]
    Mapped(String),
    /// More than `MOST`.
    #[error("A key has at most {MOST} address ranges.")]
    TooMany,
}

impl AddressRanges {
    /// Parses ranges that are separated by blanks, commas or line breaks. `None`: the key may be
    /// used from everywhere.
    pub fn parse(raw: &str) -> Result<Option<Self>, RangeError> {
        let mut all = Vec::new();
        for text in
            raw.split(|c: char| c.is_whitespace() || c == ',').filter(|text| !text.is_empty())
        {
            let range = range(text)?;
            if !all.contains(&range) {
                all.push(range);
            }
            if all.len() > MOST {
                return Err(RangeError::TooMany);
            }
        }
        let text = all.iter().map(IpNet::to_string).collect::<Vec<_>>().join(" ");
        Ok((!all.is_empty()).then_some(Self { text, all }))
    }

    /// As they are stored: separated by one blank.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this address is in one of the ranges.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.all.iter().any(|range| range.contains(&address))
    }
}

fn range(text: &str) -> Result<IpNet, RangeError> {
    let shown = || text.chars().filter(|c| !c.is_control()).take(50).collect::<String>();
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let range = range.map_err(|_| RangeError::Shape(shown()))?;
    if range.addr() != range.addr().to_canonical() {
        return Err(RangeError::Mapped(shown()));
    }
    if range != range.trunc() {
        return Err(RangeError::HostBits(shown(), range.trunc().to_string()));
    }
    Ok(range)
}

stored_as_text!(AddressRanges);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_written_in_many_ways_and_kept_in_one() {
        let kept = |text: &str| AddressRanges::parse(text).unwrap().map(|all| all.to_string());
        assert_eq!(
            kept("10.0.0.0/8, 203.0.113.7\n2001:db8::/32 10.0.0.0/8").as_deref(),
            Some("10.0.0.0/8 203.0.113.7/32 2001:db8::/32")
        );
        assert_eq!(kept(" \n"), None);
    }

    #[test]
    fn what_is_not_a_range_is_refused() {
        for bad in [
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/-1",
            "10.0.0.0/8/8",
            "example.com",
            "::1/129",
            "10.0.0.0/",
            "/8",
            "1",
            "010.0.0.1",
            "*",
        ] {
            assert_eq!(AddressRanges::parse(bad), Err(RangeError::Shape(bad.to_owned())), "{bad}");
        }
        assert_eq!(
            AddressRanges::parse("10.1.2.3/8"),
            Err(RangeError::HostBits("10.1.2.3/8".to_owned(), "10.0.0.0/8".to_owned()))
        );
        assert!(matches!(AddressRanges::parse("::ffff:10.0.0.0/104"), Err(RangeError::Mapped(_))));
        let many: String = (0..33).map(|n| format!("10.0.{n}.0/24 ")).collect();
        assert_eq!(AddressRanges::parse(&many), Err(RangeError::TooMany));
    }

    #[test]
    fn an_address_is_in_a_range_or_not() {
        let ranges: AddressRanges = "10.0.0.0/8 203.0.113.7/32 2001:db8::/32".parse().unwrap();
        let contain = |address: &str| ranges.contain(address.parse().unwrap());
        for inside in
            ["10.0.0.0", "10.255.255.255", "203.0.113.7", "2001:db8::1", "::ffff:10.1.2.3"]
        {
            assert!(contain(inside), "{inside}");
        }
        for outside in
            ["11.0.0.0", "9.255.255.255", "203.0.113.8", "2001:db9::", "::1", "127.0.0.1"]
        {
            assert!(!contain(outside), "{outside}");
        }
    }

    #[test]
    fn stored_text_that_is_no_limit_is_damaged_and_not_unlimited() {
        for damaged in ["", " ", "10.0.0.0/33", "10.0.0.0/8 nonsense", "10.1.0.0/8", "\0"] {
            assert!(damaged.parse::<AddressRanges>().is_err(), "{damaged:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_kept_contains_itself(text in "\\PC{0,40}|([0-9a-f.:/]{1,20}[ ,]){0,3}") {
            if let Ok(Some(ranges)) = AddressRanges::parse(&text) {
                prop_assert_eq!(ranges.to_string().parse(), Ok(ranges.clone()));
                prop_assert!(ranges.all.iter().all(|range| ranges.contain(range.addr())));
            }
        }
    }
}
