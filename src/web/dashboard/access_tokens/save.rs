//! Saves the settings of access tokens.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::index::{current, page};
use super::views::Fields;
use crate::domain::access_tokens::{
    IssuerUrl, KeySet, Settings, Source, key_text, parse_claim, parse_text,
};
use crate::domain::policies::{self, Change, EditError};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{Error, KeyEditor, Visit};
use crate::web::dashboard::page::views::{Field, seen_policy};
use crate::web::{State, paths};

/// The longest text of pasted keys in bytes.
const PASTED_MAX: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsForm {
    /// The id of the environment that the form was shown for.
    #[serde(default)]
    environment: String,
    version: String,
    issuer: String,
    audience: String,
    #[serde(default)]
    subject: String,
    url: String,
    keys: String,
}

/// `POST …/access-tokens`
pub(crate) async fn save(
    access: KeyEditor,
    CsrfForm(form): CsrfForm<SettingsForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let mut fields = Fields {
        tag: seen_policy(&form.version)?,
        issuer: Field::kept(form.issuer.trim()),
        audience: Field::kept(form.audience.trim()),
        subject: Field::kept(form.subject.trim()),
        url: Field::kept(form.url.trim()),
        keys: Field::kept(form.keys.trim()),
        stale: false,
    };
    let before = current(&access, &visit.state).await?;
    // Another environment may have got the name meanwhile.
    if !form.environment.is_empty() && form.environment != access.environment.id.as_str() {
        fields.stale = true;
        return page(StatusCode::CONFLICT, &access, &before, Some(fields), None, &visit);
    }
    let Some(settings) = settings(&mut fields, &visit.state) else {
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &access,
            &before,
            Some(fields),
            None,
            &visit,
        );
    };
    let (mut fetched, began) = (None, visit.clock.now());
    if let Some(Source::Url(url)) = settings.as_ref().map(|settings| &settings.source)
        && before.policy.tokens.as_ref().map(|tokens| &tokens.source)
            != Some(&Source::Url(url.clone()))
    {
        match visit.issuer_keys.try_url(url).await {
            Ok(keys) => fetched = Some((url.clone(), keys)),
            Err(error) => {
                fields.url.error = Some(error.to_string());
                return page(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    &access,
                    &before,
                    Some(fields),
                    None,
                    &visit,
                );
            }
        }
    }
    let off = settings.is_none();
    let (environment, actor, seen) =
        (access.environment.clone(), access.actor(), fields.tag.clone());
    let change = Change::Tokens(settings);
    match visit
        .change(actor, move |c, act| policies::edit(c, act, &environment, seen.as_ref(), change))
        .await
    {
        Ok(_) => {}
        Err(EditError::Stale) => {
            fields.stale = true;
            let now = current(&access, &visit.state).await?;
            return page(StatusCode::CONFLICT, &access, &now, Some(fields), None, &visit);
        }
        Err(EditError::Refused(refused)) => return Err(refused.into()),
        Err(EditError::Db(error)) => return Err(error.into()),
    }
    if let Some((url, keys)) = fetched {
        visit.issuer_keys.put(&url, keys, began);
    }
    let text = if off {
        " Access tokens are not looked at."
    } else {
        " From the next call on, access tokens are checked like this."
    };
    let flash = Flash { subject: "Saved.".to_owned(), text: text.to_owned() };
    flash.send(see_other(&paths::access_tokens(access.slug(), &access.environment.name)), &visit)
}

/// The settings in the form. `None` if something is wrong; the error is then in its field. An empty
/// form means that access tokens are not checked.
fn settings(fields: &mut Fields, state: &State) -> Option<Option<Settings>> {
    let issuer = fields.issuer.check(parse_text);
    let audience = fields.audience.check(parse_text);
    let subject = fields.subject.check(parse_claim);
    let source =
        match (fields.url.value.is_empty(), fields.keys.value.is_empty()) {
            (true, true) => None,
            (false, true) => Some(fields.url.check(|url| {
                IssuerUrl::parse(url, state.issuer_keys.private()).map(Source::Url)
            })?),
            (true, false) => Some(fields.pasted()?),
            (false, false) => {
                // A pasted private key is reported in this case, too, and is not sent back.
                fields.pasted()?;
                fields.url.error = Some("Enter a URL or paste keys, not both.".to_owned());
                return None;
            }
        };
    let (issuer, audience, subject) = (issuer?, audience?, subject?);
    if source.is_none() && (issuer.is_some() || audience.is_some() || subject.is_some()) {
        fields.url.error = Some("Enter where the keys come from, or paste them below.".to_owned());
        return None;
    }
    Some(source.map(|source| Settings { issuer, audience, subject, source }))
}

impl Fields {
    fn pasted(&mut self) -> Option<Source> {
        if self.keys.value.len() > PASTED_MAX {
            self.keys =
                Field { value: String::new(), error: Some("Use at most 64 KiB.".to_owned()) };
            return None;
        }
        match KeySet::parse(&self.keys.value) {
            Ok(_) => Some(Source::Pasted(key_text(&self.keys.value))),
            Err(error) => {
                if error.is_secret() {
                    self.keys.value.clear();
                }
                self.keys.error = Some(error.to_string());
                None
            }
        }
    }
}
