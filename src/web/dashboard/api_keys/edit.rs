//! Changes the name and the note of a key.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::forms::EditForm;
use super::key_views::{EditPage, Form};
use super::views::{EnvironmentPath, Problem};
use super::{Address, back_to_key, find_key, is_imported, refused};
use crate::domain::api_keys::{self, ApiKey, Change, DescribeError, KeyName, Note};
use crate::domain::projects::DescriptionError;
use crate::domain::text::NameError;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, KeyEditor, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;

/// `GET …/api-keys/{key id}/edit`
pub(crate) async fn edit(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &visit.state).await?;
    if key.deleted_at.is_some() {
        return refused(
            api_keys::LifeError::Deleted(Box::new(key.clone())),
            key,
            &access,
            &visit.request,
        );
    }
    let form = Form {
        name: key.name.clone(),
        problem: None,
        note: Field::kept(&key.note),
        seen: api_keys::described(&key),
        stale: false,
    };
    page(StatusCode::OK, key, form, &access, &visit.request)
}

/// `POST …/api-keys/{key id}/edit`
pub(crate) async fn change(
    access: KeyEditor,
    path: Address,
    CsrfForm(typed): CsrfForm<EditForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &visit.state).await?;
    let mut note = Field::kept(&typed.note);
    // What was not changed is not checked, because the rules may have become stricter. Browsers
    // send other line breaks than those that are stored.
    let (same_name, same_note) =
        (typed.name == key.name, typed.note.replace("\r\n", "\n") == key.note);
    let mut name = if same_name { Ok(None) } else { KeyName::parse(&typed.name).map(Some) };
    let mut parsed = if same_note { Some(None) } else { note.check(Note::parse).map(Some) };
    let project = &access.project.project;
    if !same_name && is_imported(&typed.name, project, &visit.state).await? {
        name = Err(NameError::IsKey);
    }
    if !same_note && is_imported(&typed.note, project, &visit.state).await? {
        (note, parsed) = (Field::refused(DescriptionError::HasKey), None);
    }
    // If a key was pasted, it is not sent back.
    let kept = if name == Err(NameError::IsKey) { String::new() } else { typed.name };
    let seen = Some(typed.seen).filter(|seen| !seen.is_empty());
    let mut form = Form {
        name: kept,
        problem: None,
        note,
        seen: seen.clone().unwrap_or_default(),
        stale: false,
    };
    let (name, note) = match (name, parsed) {
        (Ok(name), Some(note)) => (name, note),
        (name, _) => {
            form.problem = match name {
                Err(error) => Some(Problem::Text(error.to_string())),
                Ok(None) => None,
                Ok(Some(name)) => {
                    let of = key.clone();
                    let taken = visit.db.read(move |c| api_keys::name_taken(c, &of, &name)).await?;
                    taken.map(Problem::taken)
                }
            };
            return page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit.request);
        }
    };
    let change = Change { name, note, seen };
    let (environment, actor, id) = (access.environment.clone(), access.actor(), key.id.clone());
    match visit
        .change(actor, move |c, act| api_keys::describe(c, act, &environment, &id, &change))
        .await
    {
        Ok(key) => back_to_key(&key, " is saved.", &access, &visit),
        Err(DescribeError::NameTaken { other, free }) => {
            form.problem = Some(Problem::taken((*other, free)));
            page(StatusCode::UNPROCESSABLE_ENTITY, key, form, &access, &visit.request)
        }
        // There is a key in it that was imported just now.
        Err(DescribeError::Name(_) | DescribeError::Note(_)) => {
            Err(Error::BadRequest("There is a key in the name or the note."))
        }
        Err(DescribeError::Stale(key)) => {
            (form.seen, form.stale) = (api_keys::described(&key), true);
            page(StatusCode::CONFLICT, *key, form, &access, &visit.request)
        }
        Err(DescribeError::Life(error)) => refused(error, key, &access, &visit.request),
    }
}

fn page(
    status: StatusCode,
    key: ApiKey,
    form: Form,
    access: &KeyEditor,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_environment("Edit key", Section::ApiKeys, access, request);
    html(status, &EditPage { chrome, place: EnvironmentPath::of(access), key, form })
}
