//! The forms, for the fuzzer only (`fuzz/`): built with `--cfg fuzzing`, which cargo-fuzz sets.

use super::dashboard::{access_tokens, api_keys, projects, setup, sign_in};
use crate::web::dashboard::http::csrf::parse_body;

/// Parses `body` as the form that `which` chooses. Must not panic.
pub fn form(which: u8, body: &[u8]) {
    match which % 7 {
        0 => drop(
            parse_body::<api_keys::CreateForm>(body).map(|form| drop((form.token(), form.kind()))),
        ),
        1 => drop(parse_body::<sign_in::SignInForm>(body)),
        2 => drop(parse_body::<setup::SetupForm>(body)),
        3 => drop(parse_body::<api_keys::DeleteForm>(body)),
        4 => drop(parse_body::<api_keys::SearchForm>(body)),
        5 => drop(parse_body::<access_tokens::SettingsForm>(body)),
        _ => drop(parse_body::<projects::ProjectForm>(body)),
    }
}
