//! Delivers the link of an invitation, by e-mail and on the page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use url::Url;

use super::super::members::with_article;
use super::views::InvitedPage;
use crate::domain::invitations::{self, Mail, New};
use crate::domain::users::Email;
use crate::mail::is_loopback;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Time;
use crate::web::mail::words::quoted;
use crate::web::{http, paths};

fn link(new: &New, visit: &Visit) -> String {
    format!("{}{}", http::origin(&visit.request, &visit.config), paths::invitation(&new.token))
}

/// Sends the link by e-mail if the invitation asks for that, and notes in the result whether it was
/// sent. Sending goes on even if the browser does not wait, and no transaction waits for it.
pub(super) async fn deliver(mut new: New, access: &ProjectAccess, visit: &Visit) -> New {
    let (Mail::Unsent, Some(mail)) = (new.invitation.mail, visit.mail.clone()) else { return new };
    let Ok(to) = Email::parse(&new.invitation.email) else { return new };
    let (inviter, project) = (quoted(&access.user.user.name), quoted(&access.project.name));
    let subject = "An invitation to a project on Keyrack";
    let text = format!(
        "Hello,\r\n\r\nsomebody who calls themselves {inviter} invites you to a project on Keyrack, which they call {project}, as {role}. \
         If you know them, open this link to join:\r\n\r\n{link}\r\n\r\n\
         It works once, for {to}, until {until}. If you don't know what this is about, you can ignore it.\r\n",
        role = with_article(new.invitation.role),
        link = link(&new, visit),
        to = to.as_str(),
        until = Time::moment(new.invitation.expires_at).text,
    );
    let (state, id) = (visit.state.clone(), new.invitation.id.clone());
    let sending = actix_web::rt::spawn(async move {
        if let Err(error) = mail.send(&to, subject, text, state.clock.now()).await {
            tracing::warn!(%error, "an invitation was not sent");
            return Mail::Unsent;
        }
        if let Err(error) = state.db.write(move |c| invitations::mark_sent(c, &id)).await {
            tracing::warn!(%error, "it was not noted that an invitation was sent");
        }
        Mail::Sent
    });
    new.invitation.mail = sending.await.unwrap_or(Mail::Unsent);
    new
}

/// The page with the link, which is shown only once.
pub(super) fn invited(
    new: New,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let link = link(&new, visit);
    let url = Url::parse(&link).ok();
    let host = url.as_ref().and_then(Url::host);
    let page = InvitedPage {
        chrome: Chrome::of_project("Invitation", Section::Team, access, &visit.request),
        project: access.project.slug.clone(),
        until: Time::moment(new.invitation.expires_at),
        loopback: host.filter(is_loopback).map(|host| host.to_string()),
        invitation: new.invitation,
        link,
    };
    html(StatusCode::OK, &page)
}
