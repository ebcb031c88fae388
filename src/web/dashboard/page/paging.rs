//! A list with pages, and the search above it (`paged.html`).

use actix_web::HttpRequest;

use crate::domain::api_keys::Search;
use crate::domain::key_shape::mask_in;
use crate::domain::paging::{PAGE_SIZE, Part, Wanted};
use crate::web::dashboard::http::Error;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::page::views::number;

/// The query `?q=&page=` of an address. A key that somebody pasted is not kept in it.
pub(crate) fn wanted(request: &HttpRequest) -> Result<Wanted, Error> {
    let query = Query::of(request)?;
    let typed = query.get("q").unwrap_or_default();
    let search = Search::parse(typed);
    if mask_in(typed).is_some() {
        return Err(Error::Moved(part_of(request.path(), search.as_str(), 1)));
    }
    let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    Ok(Wanted { search, page })
}

/// The address of a page of a list, with its search.
pub(crate) fn part_of(list: &str, q: &str, page: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !q.is_empty() {
        query.append_pair("q", q);
    }
    if page > 1 {
        query.append_pair("page", &page.to_string());
    }
    let query = query.finish();
    if query.is_empty() { list.to_owned() } else { format!("{list}?{query}") }
}

/// The parts around the rows.
pub(crate) struct Paging {
    /// The address of the list, without page and search.
    pub(crate) address: String,
    pub(crate) q: String,
    page: usize,
    found: usize,
    all: usize,
}

impl Paging {
    pub(crate) fn of<T>(part: &Part<T>, wanted: &Wanted, address: String) -> Self {
        let q = wanted.search.as_str().to_owned();
        Self { address, q, page: part.page, found: part.found, all: part.all }
    }

    /// Whether the list is long enough for a search.
    pub(crate) fn is_searchable(&self) -> bool {
        self.all > PAGE_SIZE || !self.q.is_empty()
    }

    pub(crate) fn found_nothing(&self) -> bool {
        self.found == 0 && self.all > 0
    }

    /// `26–50 of 201`
    pub(crate) fn span(&self) -> Option<String> {
        if !self.is_searchable() || self.found == 0 {
            return None;
        }
        let first = (self.page - 1) * PAGE_SIZE + 1;
        let last = self.found.min(first + PAGE_SIZE - 1);
        let count = |n: usize| number(i64::try_from(n).unwrap_or(i64::MAX));
        Some(format!("{}–{} of {}", count(first), count(last), count(self.found)))
    }

    pub(crate) fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| part_of(&self.address, &self.q, self.page - 1))
    }

    pub(crate) fn next(&self) -> Option<String> {
        let more = self.page * PAGE_SIZE < self.found;
        more.then(|| part_of(&self.address, &self.q, self.page + 1))
    }
}
