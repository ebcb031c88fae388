//! Saves the access rules.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::access_tokens;
use super::index::page;
use super::views::{Fields, right};
use crate::domain::access_rules::{
    AllowedOrigins, BasePath, Elsewhere, Group, Operation, Rights, Rules,
};
use crate::domain::policies::{self, Change, EditError};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{Error, KeyEditor, Visit};
use crate::web::dashboard::page::views::{Field, seen_policy};
use crate::web::paths;

/// `POST …/access-rules`
pub(crate) async fn save(
    access: KeyEditor,
    CsrfForm(form): CsrfForm<HashMap<String, String>>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (mut fields, shown) = read(form)?;
    let current = access_tokens::current(&access, &visit.state).await?;
    // Another environment may have got the name meanwhile.
    if shown.is_some_and(|shown| shown != access.environment.id.as_str()) {
        fields.stale = true;
        return page(StatusCode::CONFLICT, &access, &current, fields, &visit).await;
    }
    let checked =
        (fields.base_path.check(BasePath::parse), fields.origins.check(AllowedOrigins::parse));
    let (Some(base_path), Some(origins)) = checked else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &access, &current, fields, &visit).await;
    };
    let change = Change::Rules(Rules {
        base_path,
        elsewhere: fields.elsewhere,
        rights: fields.rights.clone(),
        origins,
        refuse_secret_keys_from_browsers: fields.refuse_browsers,
        check_keys_only: current.policy.rules.check_keys_only,
    });
    let (environment, actor, seen) =
        (access.environment.clone(), access.actor(), fields.tag.clone());
    match visit
        .change(actor, move |c, act| policies::edit(c, act, &environment, seen.as_ref(), change))
        .await
    {
        Ok(_) => {}
        Err(EditError::Stale) => {
            fields.stale = true;
            let current = access_tokens::current(&access, &visit.state).await?;
            return page(StatusCode::CONFLICT, &access, &current, fields, &visit).await;
        }
        Err(EditError::Refused(refused)) => return Err(refused.into()),
        Err(EditError::Db(error)) => return Err(error.into()),
    }
    let flash =
        Flash { subject: "Saved.".to_owned(), text: " Rules apply from the next call.".to_owned() };
    flash.send(see_other(&paths::access_rules(access.slug(), &access.environment.name)), &visit)
}

/// Reads the fields, and the id of the environment that the form was shown for. A box that is not
/// ticked is not sent. Unknown fields are refused.
fn read(mut form: HashMap<String, String>) -> Result<(Fields, Option<String>), Error> {
    const UNEXPECTED: Error =
        Error::BadRequest("The form has a field too many, or one is missing.");
    let shown = form.remove("environment");
    let mut text = |name: &str| form.remove(name).ok_or(UNEXPECTED);
    let tag = seen_policy(&text("version")?)?;
    let (base_path, origins) = (text("base_path")?, text("origins")?);
    let elsewhere = Elsewhere::parse(&text("elsewhere")?).ok_or(UNEXPECTED)?;
    let mut checked = |name: &str| match form.remove(name).as_deref() {
        None => Ok(false),
        Some("on") => Ok(true),
        Some(_) => Err(UNEXPECTED),
    };
    let refuse_browsers = checked("refuse_browsers")?;
    let mut rights = Rights::NONE;
    for group in Group::ALL {
        for operation in Operation::ALL {
            if checked(&right(&group, &operation))? {
                rights.grant(group, operation);
            }
        }
    }
    if !form.is_empty() {
        return Err(UNEXPECTED);
    }
    let (base_path, origins) = (Field::kept(base_path.trim()), Field::kept(&origins));
    let fields =
        Fields { tag, base_path, elsewhere, rights, origins, refuse_browsers, stale: false };
    Ok((fields, shown))
}
