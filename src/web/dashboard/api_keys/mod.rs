//! The API Keys page.

mod create;
mod delete;
mod delete_views;
mod deleted;
mod edit;
mod forms;
mod index;
mod key_views;
mod limits;
mod limits_views;
mod pause;
mod reason_views;
mod reveal_views;
mod rotate;
mod search;
mod show;
mod usage_views;
mod value_views;
mod views;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::api_keys::{ApiKey, Id, LifeError, find};
use crate::web::State;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};

pub(crate) use create::{create, new, replace};
pub(crate) use delete::{confirm, delete};
pub(crate) use deleted::deleted;
pub(crate) use edit::{change, edit};
#[cfg(fuzzing)]
pub(crate) use forms::{CreateForm, DeleteForm, SearchForm};
pub(crate) use index::index;
pub(crate) use limits::{limits, restrict};
pub(crate) use pause::{ask_pause, ask_resume, pause, resume};
pub(crate) use rotate::{ask_end_overlap, ask_rotate, end_overlap, rotate};
pub(crate) use search::{is_imported, search, without_key};
pub(crate) use show::show;

/// The project, environment and key in an address.
type Address = web::Path<(String, String, String)>;

fn of_address(path: &Address) -> Result<Id, Error> {
    Id::parse(&path.2).ok_or(Error::NotFound)
}

/// The key in the address, even if it is deleted.
async fn find_key(
    access: &EnvironmentAccess,
    path: &Address,
    state: &State,
) -> Result<ApiKey, Error> {
    let (id, environment) = (of_address(path)?, access.environment.id.clone());
    state.db.read(move |c| find(c, &environment, &id)).await?.ok_or(Error::NotFound)
}

/// Leads to the page of the key, which says what was done.
fn back_to_key(
    key: &ApiKey,
    text: &str,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let flash = Flash { subject: key.name.clone(), text: text.to_owned() };
    flash.send(see_other(&views::EnvironmentPath::of(access).key(key)), visit)
}

/// The page that says why nothing can be done to the key.
fn refused(
    error: LifeError,
    key: ApiKey,
    access: &EnvironmentAccess,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let (title, text) = match error {
        LifeError::NotFound => return Err(Error::NotFound),
        LifeError::Refused(refused) => return Err(refused.into()),
        LifeError::Db(error) => return Err(error.into()),
        LifeError::Deleted(_) => {
            ("This key is deleted", "Calls with it are refused. There is nothing left to do here.")
        }
        LifeError::Changed => (
            "This key changed meanwhile",
            "Nothing was done by you: look at the key as it is now, and decide again.",
        ),
        LifeError::Expired => (
            "This key has expired",
            "Give it a later expiry first, under Limits on its page, or add a new key.",
        ),
    };
    let chrome = Chrome::of_environment(title, Section::ApiKeys, access, request);
    let (place, title, text) =
        (views::EnvironmentPath::of(access), title.to_owned(), text.to_owned());
    html(StatusCode::CONFLICT, &key_views::RefusedPage { chrome, place, key, title, text })
}
