//! The settings of the instance. The password is asked for once more, as for accounts.

use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::credentials::confirm;
use crate::domain::instance::AccountError;
use crate::domain::instance::settings::{self, Limits, ProjectCreation, Settings, TwoStepRule};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::{come_again, html};
use crate::web::dashboard::http::{Administrator, Error, Visit};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;
use crate::web::paths;

/// The longest time that people may go on without two-step sign-in, in days.
const MOST_GRACE: u16 = 90;

#[derive(Template)]
#[template(path = "instance/settings.html")]
struct Page {
    chrome: Chrome,
    flash: Option<Flash>,
    creation: ProjectCreation,
    two_step: bool,
    grace: Field,
    projects: Field,
    environments: Field,
    keys: Field,
    password_error: Option<String>,
}

impl Page {
    fn of(settings: &Settings, me: &Administrator, visit: &Visit) -> Self {
        let Limits { projects, environments, keys } = settings.limits;
        Self {
            chrome: Chrome::plain("Settings of this Keyrack", me, &visit.request),
            flash: Flash::of(visit),
            creation: settings.project_creation,
            two_step: settings.two_step.is_some(),
            grace: Field::kept(&settings.two_step.map_or(14, |rule| rule.grace_days).to_string()),
            projects: Field::kept(&projects.to_string()),
            environments: Field::kept(&environments.to_string()),
            keys: Field::kept(&keys.to_string()),
            password_error: None,
        }
    }

    fn of_creation(who: ProjectCreation) -> &'static str {
        match who {
            ProjectCreation::Administrators => "Administrators",
            ProjectCreation::Owners => "Administrators, and people who own a project already",
            ProjectCreation::Everybody => "Everybody with an account",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsForm {
    creation: String,
    /// `on`, or nothing.
    #[serde(default)]
    two_step: String,
    grace: String,
    projects: String,
    environments: String,
    keys: String,
    password: Zeroizing<String>,
}

/// `GET /instance/settings`
pub(crate) async fn index(me: Administrator, visit: Visit) -> Result<HttpResponse, Error> {
    let settings = visit.db.read(settings::get).await?;
    flash::shown(html(StatusCode::OK, &Page::of(&settings, &me, &visit))?, &visit)
}

/// `POST /instance/settings`
pub(crate) async fn save(
    me: Administrator,
    CsrfForm(form): CsrfForm<SettingsForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let creation = ProjectCreation::parse(&form.creation)
        .ok_or(Error::BadRequest("The form does not say who may create projects."))?;
    let mut page = Page {
        creation,
        two_step: !form.two_step.is_empty(),
        grace: Field::kept(&form.grace),
        projects: Field::kept(&form.projects),
        environments: Field::kept(&form.environments),
        keys: Field::kept(&form.keys),
        ..Page::of(&Settings::default(), &me, &visit)
    };
    let most = Limits::MOST;
    let read = (
        page.grace.check(|text| number(text, 0, MOST_GRACE)),
        page.projects.check(|text| number(text, 1, most.projects)),
        page.environments.check(|text| number(text, 1, most.environments)),
        page.keys.check(|text| number(text, 1, most.keys)),
    );
    let confirmed = confirm(&form.password, &me, || (), &visit).await?;
    let ((Some(grace_days), Some(projects), Some(environments), Some(keys)), Ok(_)) =
        (read, &confirmed)
    else {
        let mut answer = (StatusCode::UNPROCESSABLE_ENTITY, None);
        if let Err(wrong) = confirmed {
            page.password_error = wrong.password;
            answer = (wrong.status, wrong.retry_after);
        }
        return Ok(come_again(html(answer.0, &page)?, answer.1));
    };
    // When it began to hold, the domain knows.
    let rule = TwoStepRule { since: visit.clock.now(), grace_days };
    let after = Settings {
        project_creation: creation,
        two_step: (!form.two_step.is_empty()).then_some(rule),
        limits: Limits { projects, environments, keys },
    };
    match visit.change(me.actor(), move |c, act| settings::set(c, act, &after)).await {
        Ok(()) => Flash { subject: "The settings".to_owned(), text: " are saved.".to_owned() }
            .send(visit.go_on(paths::INSTANCE_SETTINGS), &visit),
        Err(AccountError::Refused(refused)) => Err(refused.into()),
        Err(problem) => Err(Error::Internal(problem.to_string())),
    }
}

/// A whole number from `least` to `most`.
fn number<N: FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    least: N,
    most: N,
) -> Result<N, String> {
    let text = text.trim();
    let number = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    number
        .filter(|number| *number >= least && *number <= most)
        .ok_or_else(|| format!("Enter a number from {least} to {most}."))
}
