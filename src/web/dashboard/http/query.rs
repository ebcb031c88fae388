//! The query of a request, decoded. One that is not UTF-8 is refused: a decoder would silently
//! replace parts of it, and something else would be searched for.

use std::borrow::Cow;

use actix_web::HttpRequest;

use crate::web::dashboard::http::Error;

/// The fields of a query. If a name occurs twice, the first one counts.
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(crate) fn of(request: &'a HttpRequest) -> Result<Self, Error> {
        let raw = request.query_string().as_bytes();
        let decoded: Vec<u8> = percent_encoding::percent_decode(raw).collect();
        if std::str::from_utf8(&decoded).is_err() {
            return Err(Error::BadRequest("The address is not in UTF-8."));
        }
        if decoded.contains(&0) {
            return Err(Error::BadRequest("The address has a NUL character in it."));
        }
        Ok(Self(url::form_urlencoded::parse(raw).collect()))
    }

    /// All fields in their order.
    pub(crate) fn into_fields(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(n, value)| (n == name).then_some(&**value))
    }
}
