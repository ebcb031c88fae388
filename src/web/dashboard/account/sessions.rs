//! Ends sessions. A session that was ended is refused at its next request.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::done;
use crate::domain::users::{self, SessionName};
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::{CurrentUser, Error, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndForm {
    session: String,
}

/// `POST /account/sessions/end`
pub(crate) async fn end(
    user: CurrentUser,
    CsrfForm(form): CsrfForm<EndForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    const GONE: &str = "That session";
    let Some(name) = SessionName::parse(&form.session) else {
        return done(GONE, " had ended already.", &visit);
    };
    let end =
        visit.change(user.actor(), move |c, act| users::end_session(c, act, &user.user, &name));
    match end.await? {
        Some(browser) => done(&browser, " is signed out.", &visit),
        None => done(GONE, " had ended already.", &visit),
    }
}

/// `POST /account/sessions/end-others`
pub(crate) async fn end_others(
    user: CurrentUser,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let actor = user.actor();
    let end = visit
        .change(actor, move |c, act| users::end_other_sessions(c, act, &user.user, &user.session));
    end.await?;
    done("All other sessions", " have ended. This is the only one.", &visit)
}
