//! Add Key, Create, and Delete and create again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::delete::gone;
use super::forms::{CreateForm, ReplaceForm};
use super::index::{Extra, Query, page};
use super::key_views::ExpiryField;
use super::reveal_views::{CreatedPartial, Reveal, RevealPage};
use super::views::{FormRow, Options, Place, Problem, Row, UsedRow};
use super::{Address, of_address};
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::api_keys::{
    self, ApiKey, CreateError, Created, Deletion, ExpiryError, FormToken, KeyName, Kind, Narrowed,
    NewKey, ReplaceError,
};
use crate::domain::key_shape::mask_in;
use crate::domain::os_rng;
use crate::domain::text::NameError;
use crate::web::State;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{html, then};
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
    let options = Options::new(ExpiryField::new("", "", longest, None, visit.clock.now()));
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
    let (environment, actor, now) = (access.environment.clone(), access.actor(), visit.clock.now());
    let longest = longest_life(&access, kind, &visit.state).await?;
    let chosen = |error| ExpiryField::new(&form.expires, &form.expires_on, longest, error, now);
    let (name, expiry) = (KeyName::parse(&form.name), form.expiry());
    let mut options = Options {
        scopes: Field::kept(&form.scopes),
        from: Field::kept(&form.from),
        expiry: chosen(expiry.as_ref().err().copied()),
    };
    let narrowed = narrowed(kind, &mut options)?;
    // A key that was pasted as a name is not sent back.
    let kept = if name == Err(NameError::IsKey) { String::new() } else { form.name.clone() };
    // Another environment may have its name by now.
    if !form.environment.is_empty() && form.environment != access.environment.id.as_str() {
        let text = format!(
            "Another environment is called {} now. Create again if the key belongs there.",
            access.environment.name
        );
        let row = form_row(&access, kind, token, kept, options, Some(Problem::Text(text)));
        return answer(StatusCode::CONFLICT, row, &access, &visit).await;
    }
    let (Ok(name), Ok(expiry), Some(narrowed)) = (&name, expiry, narrowed) else {
        let problem = name.err().map(|error| Problem::Text(error.to_string()));
        let row = form_row(&access, kind, token, kept, options, problem);
        return answer(StatusCode::UNPROCESSABLE_ENTITY, row, &access, &visit).await;
    };
    let new =
        NewKey { kind, name: name.clone(), form_token: Some(token.clone()), narrowed, expiry };
    let created =
        visit.change(actor, move |c, act| api_keys::create(c, act, &environment, &new)).await;
    match created {
        Ok(created) => reveal(created, None, &access, &visit),
        Err(CreateError::NameTaken { other, free }) => {
            let problem = Problem::Taken { other, free: free.map(|name| name.to_string()) };
            let row = form_row(&access, kind, token, form.name.clone(), options, Some(problem));
            answer(StatusCode::UNPROCESSABLE_ENTITY, row, &access, &visit).await
        }
        Err(CreateError::Expiry(error)) => {
            let options = Options { expiry: chosen(Some(error)), ..options };
            let row = form_row(&access, kind, token, form.name.clone(), options, None);
            answer(StatusCode::UNPROCESSABLE_ENTITY, row, &access, &visit).await
        }
        Err(CreateError::TokenUsed(key)) => used(*key, &access, &visit).await,
        Err(CreateError::Gone) => Err(Error::NotFound),
        Err(CreateError::Refused(refused)) => Err(refused.into()),
        Err(CreateError::Db(error)) => Err(error.into()),
    }
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
        Err(ReplaceError::Create(CreateError::NameTaken { other, .. })) => {
            Err(Error::Internal(format!("the name of a key just deleted is taken by {}", other.id)))
        }
        Err(ReplaceError::Create(CreateError::Db(error)) | ReplaceError::Db(error)) => {
            Err(error.into())
        }
    }
}

/// What the options say; none: something is wrong, and stands beside its field.
fn narrowed(kind: Kind, options: &mut Options) -> Result<Option<Narrowed>, Error> {
    if kind == Kind::Publishable && !options.from.value.trim().is_empty() {
        return Err(Error::BadRequest("Publishable keys are used from everywhere."));
    }
    for field in [&mut options.scopes, &mut options.from] {
        if mask_in(&field.value).is_some() {
            *field = Field {
                value: String::new(),
                error: Some("That's a key, which has no place here.".to_owned()),
            };
            return Ok(None);
        }
    }
    let checked = (options.scopes.check(Scopes::parse), options.from.check(AddressRanges::parse));
    Ok(match checked {
        (Some(scopes), Some(addresses)) => Some(Narrowed { scopes, addresses, limit: None }),
        (None, _) | (_, None) => None,
    })
}

fn form_row(
    access: &EnvironmentAccess,
    kind: Kind,
    token: FormToken,
    name: String,
    options: Options,
    problem: Option<Problem>,
) -> FormRow {
    let (place, environment_id) = (Place::of(access), access.environment.id.clone());
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
async fn longest_life(
    access: &EnvironmentAccess,
    kind: Kind,
    state: &State,
) -> Result<Option<u16>, Error> {
    let project = access.project.project.id.clone();
    Ok(state.db.read(move |c| api_keys::longest_life(c, &project, kind)).await?)
}

/// The form as a row for htmx, or in its page.
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

/// The one response that holds a full key.
fn reveal(
    created: Created,
    replaced: Option<api_keys::Id>,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let Created { key, secret } = created;
    let place = Place::of(access);
    let address = Reveal::address(&place, visit);
    let reveal = Reveal { key: key.clone(), secret, address, former: None };
    if visit.htmx.0 {
        let partial = CreatedPartial {
            place,
            row: Row::brand_new(key),
            reveal,
            replaced: replaced.map(|id| id.to_string()),
        };
        Ok(then(html(StatusCode::OK, &partial)?, "keysChanged"))
    } else {
        let chrome = Chrome::of_environment("New key", Section::ApiKeys, access, &visit.request);
        // Its row. The page may stand at this very address, and then only a query makes the browser
        // leave it: a fragment alone is no navigation (HTML, 7.4.2.2).
        let back = format!("{}?#{}", place.list(), key.id);
        html(StatusCode::OK, &RevealPage { chrome, place, reveal, back })
    }
}

/// The form made this key before.
async fn used(
    key: ApiKey,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    if key.environment_id != access.environment.id {
        return Err(Error::CrossSite); // a token of another form, in another place
    }
    let row = UsedRow {
        place: Place::of(access),
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
