//! E-mails to the owners and admins of a project: a key leaked, keys expire soon, or *Check keys
//! only* was turned on or off. They name keys by their masks. Neither a request nor a transaction
//! waits for them. A message that the mail server refuses is not sent again, because the pages show
//! the same.

use actix_web::web;

use crate::domain::api_keys::{self, ApiKey, ExpiryNotice, Leak};
use crate::domain::environments::Environment;
use crate::domain::instance::hand_over::Asked;
use crate::domain::members;
use crate::domain::projects::{self, Project};
use crate::domain::users::Email;
use crate::mail::Mailer;
use crate::web::{State, paths};

/// Sends a notice about a key that was reported leaked.
pub(crate) async fn tell_leak(state: &State, leak: &Leak) {
    let Some(mail) = &state.mail else { return };
    let Leak { key, environment, project, paused } = leak;
    let paused = if *paused { "It was paused at once: calls with it are refused.\r\n" } else { "" };
    let text = format!(
        "Hello,\r\n\r\nsomebody found the full text of an API key of {project} where it does not belong, and reported it:\r\n\r\n\
         {line}\r\n\r\n{paused}Rotate the key, or delete it:\r\n\r\n{link}\r\n",
        project = project.name,
        line = line(key, environment),
        link = link(mail, project, environment, key),
    );
    send(
        state,
        mail,
        &project.id,
        &format!("A key of {} was reported leaked", project.name),
        &text,
    )
    .await;
}

/// Somebody turned *Check keys only* on or off.
pub(crate) struct KeysOnlyNotice {
    pub(crate) project: Project,
    pub(crate) environment: Environment,
    pub(crate) by: String,
    pub(crate) on: bool,
}

pub(crate) async fn tell_keys_only(state: &State, notice: &KeysOnlyNotice) {
    let Some(mail) = &state.mail else { return };
    let KeysOnlyNotice { project, environment, by, on } = notice;
    let (turned, means) = if *on {
        (
            "on",
            "From now on publishable keys are let through, whatever the access rules say, when the gateway does not\r\n\
             pass the method and path of a call. Turn it off as soon as your gateway passes them:",
        )
    } else {
        ("off", "Publishable keys follow the access rules again:")
    };
    let text = format!(
        "Hello,\r\n\r\n{by} turned {turned} \"Check keys only\" in {environment} of {project}.\r\n\r\n\
         {means}\r\n\r\n{link}\r\n",
        environment = environment.name,
        project = project.name,
        link = mail.link(&paths::access_rules(&project.slug, &environment.name)),
    );
    let subject =
        format!("Check keys only is {turned} in {} of {}", environment.name, project.name);
    send(state, mail, &project.id, &subject, &text).await;
}

/// Tells everybody in a team that their project is about to be handed over, and how to stop that.
pub(crate) async fn tell_hand_over(state: &State, asked: &Asked, by: &str) {
    let Some(mail) = &state.mail else { return };
    let project = &asked.project.name;
    let text = format!(
        "Hello,\r\n\r\nnone of the owners of {project} can sign in any more. {by}, an administrator of your Keyrack, \
         therefore wants to make {to} its owner, on {due}.\r\n\r\n\
         If that is wrong, stop it with this link, for which you need not sign in:\r\n\r\n{link}\r\n",
        to = asked.to.name,
        due = asked.due_at.format("%-d %b %Y, %H:%M UTC"),
        link = mail.link(&paths::hand_over_stop(&asked.token)),
    );
    let subject = format!("{project} is about to be handed over");
    for member in &asked.members {
        let Ok(to) = Email::parse(&member.email) else { continue };
        if let Err(error) = mail.send(&to, &subject, text.clone(), state.clock.now()).await {
            tracing::warn!(%error, "a notice of a hand-over was not sent");
        }
    }
}

/// Sends notices about keys that expire soon, if mail is configured. They are claimed first, so
/// that no other process sends them, too.
pub(crate) async fn tell_expiry(state: web::Data<State>) {
    let Some(mail) = &state.mail else { return };
    let now = state.clock.now();
    let notices = match state.db.read(move |c| api_keys::is_expiry_notice_due(c, now)).await {
        Ok(true) => state.db.write(move |c| api_keys::claim_expiry_notices(c, now)).await,
        Ok(false) => return,
        Err(error) => Err(error),
    };
    match notices {
        Ok(notices) => {
            for notice in notices {
                tell_of(&state, mail, &notice).await;
            }
        }
        Err(error) => tracing::warn!(%error, "which keys expire soon can't be looked up"),
    }
}

async fn tell_of(state: &State, mail: &Mailer, ExpiryNotice { project, keys }: &ExpiryNotice) {
    let (subject, first) = match keys.as_slice() {
        [_] => (format!("A key of {} expires soon", project.name), "this API key expires"),
        keys => (
            format!("{} keys of {} expire soon", keys.len(), project.name),
            "these API keys expire",
        ),
    };
    let mut text = format!("Hello,\r\n\r\n{first} soon, in {}:\r\n", project.name);
    for (key, environment) in keys {
        let until = key
            .expires_at
            .map(|at| at.format("%-d %b %Y, %H:%M UTC").to_string())
            .unwrap_or_default();
        let (line, link) = (line(key, environment), link(mail, project, environment, key));
        text.push_str(&format!("\r\n{line}, on {until}\r\n{link}\r\n"));
    }
    text.push_str("\r\nFrom then on calls are refused. Add a new key before, or give this one a later expiry.\r\n");
    send(state, mail, &project.id, &subject, &text).await;
}

/// `server-key (sk_0123••••••••7848) in prod`
fn line(key: &ApiKey, environment: &Environment) -> String {
    format!("{} ({}) in {}", key.name, key.mask, environment.name)
}

fn link(mail: &Mailer, project: &Project, environment: &Environment, key: &ApiKey) -> String {
    mail.link(&paths::api_key(&project.slug, &environment.name, &key.id))
}

async fn send(state: &State, mail: &Mailer, project: &projects::Id, subject: &str, text: &str) {
    let id = project.clone();
    let managers = match state.db.read(move |c| members::managers(c, &id)).await {
        Ok(managers) => managers,
        Err(error) => return tracing::warn!(%error, "a notice was not sent"),
    };
    for manager in managers {
        let Ok(to) = Email::parse(&manager) else { continue };
        if let Err(error) = mail.send(&to, subject, text.to_owned(), state.clock.now()).await {
            tracing::warn!(%error, "a notice was not sent");
        }
    }
}
