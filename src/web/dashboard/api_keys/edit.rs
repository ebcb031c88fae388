//! Name and note of a key.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::Error;
use super::super::chrome::{Chrome, Section};
use super::super::extract::KeyEditor;
use super::super::views::Field;
use super::forms::EditForm;
use super::key_views::EditPage;
use super::views::{Place, Problem};
use super::{Address, back_to_key, find_key, refused};
use crate::domain::api_keys::{self, ApiKey, DescribeError, KeyName, KeyNameError, Note, NoteError};
use crate::domain::os_rng;
use crate::web::State;
use crate::web::csrf::CsrfForm;
use crate::web::htmx::html;

/// `GET …/api-keys/{key id}/edit`
pub(crate) async fn edit(access: KeyEditor, path: Address, state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &state).await?;
    if key.deleted_at.is_some() {
        return refused(api_keys::LifeError::Deleted(Box::new(key.clone())), key, &access, &request);
    }
    let (name, note) = (key.name.clone(), Field::kept(&key.note));
    page(StatusCode::OK, key, name, None, note, &access, &request)
}

/// `POST …/api-keys/{key id}/edit`
pub(crate) async fn change(
    access: KeyEditor,
    path: Address,
    CsrfForm(form): CsrfForm<EditForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &state).await?;
    let name = KeyName::parse(&form.name);
    let mut note = Field::kept(&form.note);
    let parsed = Note::parse(&form.note);
    if let Err(error) = &parsed {
        note.error = Some(error.to_string());
    }
    // A key that was pasted is not sent back.
    if matches!(parsed, Err(NoteError::HasKey)) {
        note.value.clear();
    }
    let kept = if name == Err(KeyNameError::IsKey) { String::new() } else { form.name.clone() };
    let (name, parsed) = match (name, parsed) {
        (Ok(name), Ok(note)) => (name, note),
        (name, _) => {
            let problem = name.err().map(|error| Problem::Text(error.to_string()));
            return page(StatusCode::UNPROCESSABLE_ENTITY, key, kept, problem, note, &access, &request);
        }
    };
    let (environment, actor, now, id) = (access.environment.clone(), access.actor(), state.clock.now(), key.id.clone());
    let changed = state.db.write(move |c| api_keys::describe(c, &environment, &id, &name, &parsed, &actor, now, &mut os_rng())).await;
    match changed {
        Ok(key) => back_to_key(&key, " is saved.", &access, &state),
        Err(DescribeError::NameTaken { other, free }) => {
            let problem = Problem::Taken { other, free: free.map(|name| name.to_string()) };
            page(StatusCode::UNPROCESSABLE_ENTITY, key, kept, Some(problem), note, &access, &request)
        }
        Err(DescribeError::Life(error)) => refused(error, key, &access, &request),
    }
}

fn page(
    status: StatusCode,
    key: ApiKey,
    name: String,
    problem: Option<Problem>,
    note: Field,
    access: &KeyEditor,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_environment("Edit key", Section::ApiKeys, access, request);
    html(status, &EditPage { chrome, place: Place::of(access), key, name, problem, note })
}
