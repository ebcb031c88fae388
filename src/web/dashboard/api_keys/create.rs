//! The actions Add Key, Create, and Delete and create again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::delete::gone;
use super::forms::{CreateForm, ReplaceForm};
use super::index::{Extra, Query, page};
use super::key_views::ExpiryField;
use super::reveal_views::{CreatedPartial, Reveal, RevealPage};
use super::views::{EnvironmentPath, FormRow, Options, Problem, Row, UsedRow};
use super::{Address, is_imported, of_address};
use crate::db::DbConnection;
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::api_keys::{
    self, ApiKey, CreateError, Created, Deletion, ExpiryError, FormToken, KeyName, Kind, Narrowed,
    NewKey, ReplaceError,
};
use crate::domain::key_shape::mask_in;
use crate::domain::text::NameError;
use crate::domain::{Act, os_rng};
use crate::web::State;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{html, leave_form, then};
use crate::web::dashboard::http::query;
use crate::web::dashboard::http::{EnvironmentAccess, Error, KeyEditor, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;

/// `GET …/api-keys/new?kind=publishable`
pub(crate) async fn new(access: KeyEditor, visit: Visit) -> Result<HttpResponse, Error> {
    let kind = query::Query::of(&visit.request)?
        .get("kind")
        .and_then(Kind::parse)
        .ok_or(Error::NotFound)?;
    let longest = longest_life(&access, kind, &visit.state).await?;
    let options = Options::new(ExpiryField::new("", "", longest, None, &visit));
    let row = form_row(&access, kind, FormToken::new(&mut os_rng()), String::new(), options, None);
    answer(StatusCode::OK, row, &access, &visit).await
}

/// `POST …/api-keys`
pub(crate) async fn create(
    access: KeyEditor,
    CsrfForm(form): CsrfForm<CreateForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (token, kind) = (form.token()?, form.kind()?);
    let now = visit.clock.now();
    let longest = longest_life(&access, kind, &visit.state).await?;
    let chosen = |error| ExpiryField::new(&form.expires, &form.expires_on, longest, error, &visit);
    let (mut name, expiry) = (KeyName::parse(&form.name), form.expiry(visit.zone()));
    if is_imported(&form.name, &access.project.project, &visit.state).await? {
        name = Err(NameError::IsKey);
    }
    let mut options = Options {
        scopes: Field::kept(&form.scopes),
        from: Field::kept(&form.from),
        expiry: chosen(expiry.as_ref().err().copied()),
    };
    let narrowed = narrowed(kind, &mut options)?;
    // If a key was pasted as a name, it is not sent back.
    let kept = if name == Err(NameError::IsKey) { String::new() } else { form.name.clone() };
    // Another environment may have got the name meanwhile.
    if !form.environment.is_empty() && form.environment != access.environment.id.as_str() {
        let text = format!(
            "Another environment is called {} now. Create again if the key belongs there.",
            access.environment.name
        );
        let row = form_row(&access, kind, token, kept, options, Some(Problem::Text(text)));
        return answer(StatusCode::CONFLICT, row, &access, &visit).await;
    }
    let (mut taken, mut not_then, mut full) = (None, None, None);
    if let (Ok(name), Ok(expiry), Some(narrowed)) = (&name, expiry, narrowed) {
        let (name, form_token) = (name.clone(), Some(token.clone()));
        let new = NewKey { kind, name, form_token, narrowed, expiry };
        let environment = access.environment.clone();
        let create = move |c: &mut DbConnection, act: &mut Act<'_>| {
            api_keys::create(c, act, &environment, &new)
        };
        match visit.change(access.actor(), create).await {
            Ok(created) => return reveal(created, None, &access, &visit),
            Err(CreateError::TokenUsed(key)) => return used(*key, &access, &visit).await,
            Err(CreateError::NameTaken { other, free }) => taken = Some((*other, free)),
            Err(CreateError::Expiry(error)) => not_then = Some(error),
            Err(enough @ CreateError::TooMany(_)) => full = Some(enough.to_string()),
            // The name is a key that was imported just now.
            Err(CreateError::Name(_)) => {
                return Err(Error::BadRequest("That's a key, not a name."));
            }
            Err(CreateError::Gone) => return Err(Error::NotFound),
            Err(CreateError::Refused(refused)) => return Err(refused.into()),
            Err(CreateError::Db(error)) => return Err(error.into()),
        }
    }
    // The form reports everything that is wrong at once.
    let (environment, known_name) = (access.environment.clone(), name.clone().ok());
    let known_expiry = expiry.ok().flatten();
    let check_new = move |c: &mut DbConnection| {
        api_keys::check_new(c, &environment, kind, known_name.as_ref(), known_expiry, now)
    };
    let also = visit.db.read(check_new).await?;
    let problem = match (name, taken.or(also.0)) {
        (Err(error), _) => Some(Problem::Text(error.to_string())),
        (Ok(_), taken) => taken.map(Problem::taken).or(full.map(Problem::Text)),
    };
    if let Some(error) = not_then.or(also.1) {
        options.expiry = chosen(Some(error));
    }
    let row = form_row(&access, kind, token, kept, options, problem);
    answer(StatusCode::UNPROCESSABLE_ENTITY, row, &access, &visit).await
}

/// `POST …/api-keys/{key id}/replace`
pub(crate) async fn replace(
    access: KeyEditor,
    path: Address,
    CsrfForm(form): CsrfForm<ReplaceForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let token = form.token()?;
    let (environment, actor) = (access.environment.clone(), access.actor());
    let replaced = visit
        .change(actor, move |c, act| api_keys::replace(c, act, &environment, &id, token))
        .await;
    match replaced {
        Ok((old, created)) => reveal(created, Some(old), &access, &visit),
        Err(ReplaceError::NotFound | ReplaceError::Create(CreateError::Gone)) => {
            Err(Error::NotFound)
        }
        Err(
            ReplaceError::Refused(refused) | ReplaceError::Create(CreateError::Refused(refused)),
        ) => Err(refused.into()),
        Err(ReplaceError::Gone(deletion)) => match *deletion {
            Deletion::Deleted(key) => gone(key, None, &access, &visit),
            Deletion::Already { key, by } => gone(key, by, &access, &visit),
        },
        Err(ReplaceError::Create(CreateError::TokenUsed(key))) => used(*key, &access, &visit).await,
        Err(ReplaceError::Create(CreateError::Expiry(ExpiryError::TooLong(_)))) => {
            Err(Error::BadRequest(
                "Secret keys of this project live less long now than this one would. Delete it and add a new one.",
            ))
        }
        Err(ReplaceError::Create(CreateError::Expiry(_))) => {
            Err(Error::BadRequest("This key has expired meanwhile. Delete it and add a new one."))
        }
        Err(ReplaceError::Create(enough @ CreateError::TooMany(_))) => {
            Err(Error::Forbidden(enough.to_string()))
        }
        Err(ReplaceError::Create(CreateError::Name(_))) => Err(Error::BadRequest(
            "The name of this key is a key that was imported. Delete it and add a new one.",
        )),
        Err(ReplaceError::Create(CreateError::NameTaken { other, .. })) => {
            Err(Error::Internal(format!("the name of a key just deleted is taken by {}", other.id)))
        }
        Err(ReplaceError::Create(CreateError::Db(error)) | ReplaceError::Db(error)) => {
            Err(error.into())
        }
    }
}

/// What the options narrow the key to. `None` if something is wrong; the error is then in its
/// field.
fn narrowed(kind: Kind, options: &mut Options) -> Result<Option<Narrowed>, Error> {
    if kind == Kind::Publishable && !options.from.value.trim().is_empty() {
        return Err(Error::BadRequest("Publishable keys are used from everywhere."));
    }
    let scopes = check(&mut options.scopes, Scopes::parse);
    let addresses = check(&mut options.from, AddressRanges::parse);
    Ok(match (scopes, addresses) {
        (Some(scopes), Some(addresses)) => Some(Narrowed { scopes, addresses, limit: None }),
        (None, _) | (_, None) => None,
    })
}

/// Like [`Field::check`], for a field in which a pasted key is reported and not sent back.
fn check<T, E: std::fmt::Display>(
    field: &mut Field,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    if mask_in(&field.value).is_some() {
        let error = Some("That's a key, which has no place here.".to_owned());
        *field = Field { value: String::new(), error };
        return None;
    }
    field.check(parse)
}

fn form_row(
    access: &EnvironmentAccess,
    kind: Kind,
    token: FormToken,
    name: String,
    options: Options,
    problem: Option<Problem>,
) -> FormRow {
    let (place, environment_id) = (EnvironmentPath::of(access), access.environment.id.clone());
    FormRow {
        place,
        environment_id,
        csrf: access.project.user.csrf.clone(),
        token,
        kind,
        name,
        problem,
        options,
    }
}

/// The longest life of new keys of this kind, in days.
pub(super) async fn longest_life(
    access: &EnvironmentAccess,
    kind: Kind,
    state: &State,
) -> Result<Option<u16>, Error> {
    let project = access.project.project.id.clone();
    Ok(state.db.read(move |c| api_keys::longest_life(c, &project, kind)).await?)
}

/// The form: a row for htmx, or a page.
async fn answer(
    status: StatusCode,
    row: FormRow,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    if visit.htmx.0 {
        html(status, &row)
    } else {
        page(status, access, Query::default(), Extra::Form(row), visit).await
    }
}

/// The reveal, which is the only response with the value.
fn reveal(
    created: Created,
    replaced: Option<api_keys::Id>,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let Created { key, secret } = created;
    let place = EnvironmentPath::of(access);
    let address = Reveal::address(&place, visit);
    let reveal = Reveal { key: key.clone(), secret, address, former: None };
    if visit.htmx.0 {
        let partial = CreatedPartial {
            place,
            row: Row::brand_new(key),
            reveal,
            replaced: replaced.map(|id| id.to_string()),
        };
        let answer = then(html(StatusCode::OK, &partial)?, "keysChanged");
        Ok(leave_form(answer, &partial.place.list(), &visit.request))
    } else {
        let chrome = Chrome::of_environment("New key", Section::ApiKeys, access, &visit.request);
        // The address of the key's row. This page may have the same path, and then only a query
        // makes the browser load the list: a link that differs only in its fragment does not (HTML,
        // 7.4.2.2).
        let back = format!("{}?#{}", place.list(), key.id);
        html(StatusCode::OK, &RevealPage { chrome, place, reveal, back })
    }
}

/// The answer if this form has already created a key.
async fn used(
    key: ApiKey,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    if key.environment_id != access.environment.id {
        return Err(Error::CrossSite); // the token of a form in another environment
    }
    let row = UsedRow {
        place: EnvironmentPath::of(access),
        csrf: access.project.user.csrf.clone(),
        token: FormToken::new(&mut os_rng()),
        key,
    };
    if visit.htmx.0 {
        html(StatusCode::CONFLICT, &row)
    } else {
        page(StatusCode::CONFLICT, access, Query::default(), Extra::Used(row), visit).await
    }
}
