//! Save.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::Error;
use super::super::extract::KeyEditor;
use super::super::views::Field;
use super::index::page;
use super::views::{Fields, right};
use crate::domain::access_rules::{AllowedOrigins, BasePath, Operation, Rights, Rules};
use crate::domain::api_keys::Group;
use crate::domain::os_rng;
use crate::domain::policies::{self, Change, EditError};
use crate::web::csrf::CsrfForm;
use crate::web::flash::Flash;
use crate::web::htmx::see_other;
use crate::web::{State, paths};

/// `POST …/access-rules`
pub(crate) async fn save(
    access: KeyEditor,
    CsrfForm(form): CsrfForm<HashMap<String, String>>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (mut fields, shown) = read(form)?;
    // Another environment may have its name by now.
    if shown.is_some_and(|shown| shown != access.environment.id.as_str()) {
        fields.stale = true;
        return page(StatusCode::CONFLICT, &access, &state, &request, fields);
    }
    let checked =
        (fields.base_path.check(BasePath::parse), fields.origins.check(AllowedOrigins::parse));
    let (Some(base_path), Some(origins)) = checked else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &access, &state, &request, fields);
    };
    let refuse_secret_keys_from_browsers = fields.refuse_browsers;
    let change = Change::Rules(Rules {
        base_path,
        rights: fields.rights.clone(),
        origins,
        refuse_secret_keys_from_browsers,
    });
    let (environment, actor, now, version) =
        (access.environment.clone(), access.actor(), state.clock.now(), fields.version);
    match state
        .db
        .write(move |c| {
            policies::edit(c, &environment, version, change, &actor, now, &mut os_rng())
        })
        .await
    {
        Ok(()) => {}
        Err(EditError::Stale) => {
            fields.stale = true;
            return page(StatusCode::CONFLICT, &access, &state, &request, fields);
        }
        Err(EditError::Refused(refused)) => return Err(refused.into()),
        Err(EditError::Db(error)) => return Err(error.into()),
    }
    let flash = Flash {
        subject: "Saved.".to_owned(),
        text: " These rules hold from the next call on.".to_owned(),
    };
    flash.send(see_other(&paths::access_rules(access.slug(), &access.environment.name)), &state)
}

/// The fields by name, and the id of the environment that they were shown for: a box that is not
/// checked is not sent. Others than ours are refused.
fn read(mut form: HashMap<String, String>) -> Result<(Fields, Option<String>), Error> {
    const ODD: Error = Error::BadRequest("The form has a field too many, or one is missing.");
    let shown = form.remove("environment");
    let mut text = |name: &str| form.remove(name).ok_or(ODD);
    let version = text("version")?.parse().map_err(|_| ODD)?;
    let (base_path, origins) = (text("base_path")?, text("origins")?);
    let mut checked = |name: &str| match form.remove(name).as_deref() {
        None => Ok(false),
        Some("on") => Ok(true),
        Some(_) => Err(ODD),
    };
    let refuse_browsers = checked("refuse_browsers")?;
    let mut rights = Rights::NONE;
    for group in Group::ALL {
        for operation in Operation::ALL {
            if checked(&right(group, operation))? {
                rights.grant(group, operation);
            }
        }
    }
    if !form.is_empty() {
        return Err(ODD);
    }
    let (base_path, origins) = (Field::kept(base_path.trim()), Field::kept(&origins));
    Ok((Fields { version, base_path, rights, origins, refuse_browsers, stale: false }, shown))
}
