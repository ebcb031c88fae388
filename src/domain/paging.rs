//! Pages of a list, with a search. It is for lists that are read as a whole for every page anyway,
//! such as the members of a team and the projects of a user. For long lists, the database selects
//! the page (`api_keys::list`).

use crate::domain::api_keys::Search;
use crate::domain::text::fold;

pub const PAGE_SIZE: usize = 25;

/// The page and the search that somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub search: Search,
    /// The number of the page, from 1. If there is no such page, the nearest one is shown.
    pub page: usize,
}

/// A page of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part<T> {
    pub rows: Vec<T>,
    pub page: usize,
    /// How many rows the search found, on all pages.
    pub found: usize,
    /// How many rows there are without the search.
    pub all: usize,
}

impl<T> Part<T> {
    /// Keeps the rows whose texts contain the search, ignoring case, and cuts out the page.
    pub fn of(list: Vec<T>, wanted: &Wanted, texts: impl Fn(&T) -> Vec<&str>) -> Self {
        let (all, looked_for) = (list.len(), wanted.search.prefix());
        let fits = |row: &T| {
            looked_for.is_empty() || texts(row).iter().any(|text| fold(text).contains(&looked_for))
        };
        let list: Vec<T> = list.into_iter().filter(fits).collect();
        let found = list.len();
        let page = wanted.page.clamp(1, found.div_ceil(PAGE_SIZE).max(1));
        let rows = list.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE).collect();
        Self { rows, page, found, all }
    }

    /// The same page with each row turned into another.
    pub fn with<U>(self, rows: Vec<U>) -> Part<U> {
        Part { rows, page: self.page, found: self.found, all: self.all }
    }

    /// The rows, and the page without them.
    pub fn take(mut self) -> (Vec<T>, Self) {
        (std::mem::take(&mut self.rows), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_does_not_exist_is_the_next_that_does() {
        let names: Vec<String> = (0..60).map(|n| format!("Name {n}")).collect();
        let part = |search: &str, page| {
            let wanted = Wanted { search: Search::parse(search), page };
            let part = Part::of(names.clone(), &wanted, |name| vec![name]);
            (part.rows.first().cloned().unwrap_or_default(), part.rows.len(), part.page, part.found)
        };
        assert_eq!(part("", 0), ("Name 0".to_owned(), 25, 1, 60));
        assert_eq!(part("", 3), ("Name 50".to_owned(), 10, 3, 60));
        assert_eq!(part("", usize::MAX), ("Name 50".to_owned(), 10, 3, 60));
        assert_eq!(part("NAME 5", 1), ("Name 5".to_owned(), 11, 1, 11));
        assert_eq!(part("nobody", 2), (String::new(), 0, 1, 0));
    }
}
