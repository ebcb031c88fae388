//! Version 1 of the API.

mod asked;
mod identify;
pub(crate) mod key;
pub(crate) mod leaks;
mod user;
pub(crate) mod verify;

/// What a request asks for and its original path, for the fuzzer.
#[cfg(fuzzing)]
pub(crate) fn asked(request: &actix_web::HttpRequest) -> Option<(String, Option<String>)> {
    let asked = asked::asked(request, "/v1/verify").ok()?;
    asked.target.map(|_| (asked.text.to_owned(), asked.original_path.map(ToOwned::to_owned)))
}
