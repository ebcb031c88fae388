//! The setup: makes the first account and the first project.

use std::sync::atomic::Ordering;

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::domain::setup::{self, SetupError};
use crate::domain::users::{Email, NewUser, Password, PasswordError};
use crate::domain::{Newcomer, os_rng, projects, text};
use crate::web::dashboard::http::csrf::Form;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{Error, Visit, known_browser, session};
use crate::web::dashboard::page::chrome::{Bare, Theme};
use crate::web::dashboard::page::views::Field;
use crate::web::http::Caller;
use crate::web::{State, paths};

#[derive(Template)]
#[template(path = "setup.html")]
struct Page {
    chrome: Bare,
    token: String,
    name: Field,
    email: Field,
    password_error: Option<String>,
    project: Field,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupForm {
    token: String,
    name: String,
    email: String,
    password: Zeroizing<String>,
    project: String,
}

/// `GET /setup?token=`
pub(crate) async fn form(visit: Visit) -> Result<HttpResponse, Error> {
    let token = Query::of(&visit.request)?.get("token").unwrap_or_default().to_owned();
    check(&token, &visit.state).await?;
    let chrome = Bare { title: "Set up Keyrack".to_owned(), theme: Theme::of(&visit.request) };
    let page = Page {
        chrome,
        token,
        name: Field::default(),
        email: Field::default(),
        password_error: None,
        project: Field::default(),
    };
    html(StatusCode::OK, &page)
}

async fn check(token: &str, state: &State) -> Result<(), Error> {
    let (token, now) = (token.to_owned(), state.clock.now());
    if state.db.read(move |c| setup::is_good(c, &token, now)).await? {
        Ok(())
    } else {
        Err(Error::BadSetupLink)
    }
}

/// `POST /setup`
pub(crate) async fn complete(
    Form(form): Form<SetupForm>,
    session: Session,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    check(&form.token, &visit.state).await?; // before a password is hashed for a stranger
    let (mut name, mut email, mut project) =
        (Field::kept(&form.name), Field::kept(&form.email), Field::kept(&form.project));
    let checked =
        (name.check(text::name), email.check(Email::parse), project.check(projects::Name::parse));
    let (about, all_fine) =
        ([form.email, form.name], matches!(checked, (Some(_), Some(_), Some(_))));
    let choose = move || {
        let chosen = Password::choose(form.password, &about.each_ref().map(|text| text.trim()))?;
        Ok::<_, PasswordError>(all_fine.then(|| chosen.hash(&mut os_rng())))
    };
    let password = visit.passwords.run(choose).await?;
    let password_error = password.as_ref().err().map(ToString::to_string);
    let ((Some(name), Some(email), Some(project_name)), Ok(Some(password_hash))) =
        (checked, password)
    else {
        let chrome = Bare { title: "Set up Keyrack".to_owned(), theme: Theme::of(&visit.request) };
        let page = Page { chrome, token: form.token, name, email, password_error, project };
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let user = NewUser { email, name, password_hash };
    let (token, now) = (form.token, visit.clock.now());
    let fresh = session::Fresh::of(&visit.request, &mut os_rng());
    let address = Caller::of(&visit.request).address();
    let newcomer = Newcomer { address, session: fresh.name().to_owned() };
    let done = visit
        .db
        .write(move |c| {
            setup::complete(c, &token, &user, &project_name, newcomer, now, &mut os_rng())
        })
        .await;
    let (user, slug) = done.map_err(|error| match error {
        SetupError::BadToken => Error::BadSetupLink,
        SetupError::Db(error) => error.into(),
    })?;
    visit.set_up.store(true, Ordering::Relaxed);
    fresh.start(&session, &user, 0, &mut os_rng())?;
    let mut response = see_other(&paths::api_keys(slug.as_str(), "dev"));
    known_browser::remember_new(&mut response, user, &visit).await?;
    Ok(response)
}
