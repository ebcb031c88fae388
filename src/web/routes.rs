//! The table of URLs of the dashboard and the API. `paths.rs` builds the same addresses.

use actix_web::guard::{self, GuardContext};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Handler, HttpRequest, HttpResponse, Resource, Responder, Route};

use super::api::addresses::{KEY, VERIFY};
use super::api::{self, health, v1};
use super::middleware::{refill, setup_gate};
use crate::web::dashboard::http::{Error, csrf, session};
use crate::web::dashboard::{
    access_rules, access_tokens, account, activity, api_keys, environments, help, home, instance,
    invitations, members, projects, protect, search, setup, sign_in, theme,
};
use crate::web::http::body;
use crate::web::{State, assets, paths};

pub(crate) fn api(routes: &mut ServiceConfig) {
    routes
        .service(on("/healthz", vec![get(health::alive)]).resource())
        .service(on("/readyz", vec![get(health::ready)]).resource())
        // These are scopes, because a resource with a path of any length would need a regular
        // expression for every call.
        .service(web::scope(VERIFY).default_service(web::to(v1::verify::verify)))
        .service(web::scope(KEY).default_service(web::to(v1::key::key)))
        .service(on("/v1/leaks", vec![post(v1::leaks::report)]).resource())
        // This answers also before setup, and for every method: programs get neither pages nor the
        // checks for people.
        .service(
            web::resource(["/v1", "/v1/{anything:.*}"])
                .to(async || Err::<HttpResponse, _>(api::Error::of_status(StatusCode::NOT_FOUND))),
        )
        .service(on("/static/{file}", vec![get(assets::serve)]).resource())
        .service(on("/favicon.ico", vec![get(assets::favicon)]).resource())
        .service(on("/apple-touch-icon.png", vec![get(assets::touch_icon)]).resource());
}

pub(crate) fn dashboard(state: web::Data<State>) -> impl FnOnce(&mut ServiceConfig) {
    move |routes| {
        let scope = web::scope("")
            .wrap(from_fn(refill::refill))
            .wrap(from_fn(csrf::same_origin))
            .wrap(session::middleware(&state))
            .wrap(from_fn(setup_gate::setup_gate))
            .default_service(web::to(nowhere));
        routes.service(pages().into_iter().fold(scope, |scope, row| scope.service(row.resource())));
    }
}

/// Answers unknown addresses. One with a slash at its end redirects to the same address without it.
async fn nowhere(request: HttpRequest) -> Result<HttpResponse, Error> {
    let shorter = paths::without_slash(request.uri()).filter(|_| request.method().is_safe());
    Err(shorter.map_or(Error::NotFound, Error::Moved))
}

/// Each address of the dashboard, with its methods as in `Allow`, for tests that go through all of
/// them.
pub fn addresses() -> Vec<(String, String)> {
    pages().into_iter().map(|row| (row.path.clone(), row.allowed())).collect()
}

/// The table. An address that forms are sent to also answers GET, with the page of the form, for
/// whoever comes back to it.
fn pages() -> Vec<Row> {
    const INVITATION: &str = "/projects/{project}/team/invitations/{invitation}";
    const KEYS: &str = "/projects/{project}/{environment}/api-keys";
    const TOKENS: &str = "/projects/{project}/{environment}/access-tokens";
    const RULES: &str = "/projects/{project}/{environment}/access-rules";
    vec![
        on(paths::HOME, vec![get(home::home)]),
        on(paths::SETUP, vec![get(setup::form), post(setup::complete)]),
        on(paths::SIGN_IN, vec![get(sign_in::form), post(sign_in::sign_in)])
            .with_body(body::KEPT_LIMIT),
        on(
            paths::SIGN_IN_TWO_STEP,
            vec![get(sign_in::two_step::form), post(sign_in::two_step::pass)],
        )
        .with_body(body::KEPT_LIMIT),
        on(paths::SIGN_OUT, vec![get(home::home), post(sign_in::sign_out)]),
        on(paths::ACCOUNT, vec![get(account::index)]),
        on(paths::ACCOUNT_NAME, vec![get(account::name_form), post(account::name)]),
        on(paths::ACCOUNT_EMAIL, vec![get(account::email::form), post(account::email::change)]),
        on(
            paths::ACCOUNT_EMAIL_CONFIRM,
            vec![get(account::email::open), post(account::email::confirm_link)],
        ),
        on(paths::ACCOUNT_EMAIL_CANCEL, vec![get(account::index), post(account::email::cancel)]),
        on(paths::ACCOUNT_PASSWORD, vec![get(account::password_form), post(account::password)]),
        on(paths::TWO_STEP, vec![get(account::two_step::form), post(account::two_step::turn_on)]),
        on(
            paths::TWO_STEP_OFF,
            vec![get(account::two_step::confirm_off), post(account::two_step::turn_off)],
        ),
        on(
            paths::RECOVERY_CODES,
            vec![get(account::two_step::confirm_codes), post(account::two_step::renew_codes)],
        ),
        on(paths::SESSION_END, vec![get(account::index), post(account::sessions::end)]),
        on(paths::SESSIONS_END, vec![get(account::index), post(account::sessions::end_others)]),
        on(paths::THEME, vec![get(home::home), post(theme::set)]),
        on(paths::SEARCH, vec![get(home::home), post(search::search)]),
        on(paths::INSTANCE, vec![get(instance::users)]),
        on(paths::INSTANCE_USERS, vec![get(instance::users), post(instance::search)]),
        on("/instance/users/{user}", vec![get(instance::user)]),
        on("/instance/users/{user}/{verb}", vec![get(instance::ask), post(instance::change)]),
        on(paths::INSTANCE_SETTINGS, vec![get(instance::settings), post(instance::save_settings)]),
        on(paths::INSTANCE_PROJECTS, vec![get(instance::projects)]),
        on(
            "/instance/projects/{of}/hand-over",
            vec![get(instance::ask_hand_over), post(instance::hand_over)],
        ),
        on(paths::HAND_OVER_STOP, vec![get(instance::open_stop), post(instance::stop)]),
        on(paths::HELP, vec![get(help::index)]),
        on(paths::HELP_KEYS, vec![get(help::api_keys)]),
        on(paths::HELP_USING, vec![get(help::using)]),
        on(paths::HELP_SETTINGS, vec![get(help::settings)]),
        on(paths::PROJECTS, vec![get(projects::list), post(projects::create)]),
        on(paths::PROJECT_NEW, vec![get(projects::new)]),
        on("/projects/{project}", vec![get(projects::overview)]),
        on(
            "/projects/{project}/environments",
            vec![get(environments::index), post(environments::create)],
        ),
        on("/projects/{project}/environments/new", vec![get(environments::new)]),
        on(
            "/projects/{project}/environments/{id}/edit",
            vec![get(environments::edit), post(environments::save)],
        ),
        on(
            "/projects/{project}/environments/{id}/delete",
            vec![get(environments::confirm), post(environments::delete)],
        ),
        on("/projects/{project}/settings", vec![get(projects::settings), post(projects::save)]),
        on(
            "/projects/{project}/settings/delete",
            vec![get(projects::confirm), post(projects::delete)],
        ),
        on("/projects/{project}/activity", vec![get(activity::index), post(activity::search)]),
        on("/projects/{project}/activity.csv", vec![get(activity::export)]),
        on("/projects/{project}/team", vec![get(members::index)]),
        on(
            "/projects/{project}/team/leave",
            vec![get(members::confirm_leave), post(members::leave)],
        ),
        on(
            "/projects/{project}/team/hand-over",
            vec![get(members::confirm_hand_over), post(members::hand_over)],
        ),
        on(
            "/projects/{project}/team/invite",
            vec![get(invitations::form), post(invitations::invite)],
        ),
        on(&format!("{INVITATION}/renew"), vec![get(members::index), post(invitations::renew)]),
        on(&format!("{INVITATION}/send"), vec![get(members::index), post(invitations::send)]),
        on(&format!("{INVITATION}/cancel"), vec![get(members::index), post(invitations::cancel)]),
        on(paths::INVITATIONS, vec![get(invitations::open)]),
        on(paths::INVITATION_JOIN, vec![get(home::home), post(invitations::join)]),
        on(paths::INVITATION_ACCOUNT, vec![get(home::home), post(invitations::make_account)]),
        on(
            "/projects/{project}/team/{user}/role",
            vec![get(members::role), post(members::change_role)],
        ),
        on(
            "/projects/{project}/team/{user}/remove",
            vec![get(members::confirm_remove), post(members::remove)],
        ),
        on(
            "/projects/{project}/settings/key-life",
            vec![get(projects::key_life), post(projects::set_key_life)],
        ),
        on(
            "/projects/{project}/settings/leaks",
            vec![get(projects::pause_leaked), post(projects::set_pause_leaked)],
        ),
        on(
            "/projects/{project}/settings/shared-address",
            vec![get(projects::shared_address), post(projects::set_shared_address)],
        ),
        on(KEYS, vec![get(api_keys::index), post(api_keys::create)]),
        on(&format!("{KEYS}/new"), vec![get(api_keys::new)]),
        on(&format!("{KEYS}/search"), vec![get(api_keys::index), post(api_keys::search)]),
        on(&format!("{KEYS}/deleted"), vec![get(api_keys::deleted)]),
        on(&format!("{KEYS}/{{key}}"), vec![get(api_keys::show)]),
        on(&format!("{KEYS}/{{key}}/edit"), vec![get(api_keys::edit), post(api_keys::change)]),
        on(
            &format!("{KEYS}/{{key}}/limits"),
            vec![get(api_keys::limits), post(api_keys::restrict)],
        ),
        on(&format!("{KEYS}/{{key}}/pause"), vec![get(api_keys::ask_pause), post(api_keys::pause)]),
        on(
            &format!("{KEYS}/{{key}}/resume"),
            vec![get(api_keys::ask_resume), post(api_keys::resume)],
        ),
        on(
            &format!("{KEYS}/{{key}}/rotate"),
            vec![get(api_keys::ask_rotate), post(api_keys::rotate)],
        ),
        on(
            &format!("{KEYS}/{{key}}/end-overlap"),
            vec![get(api_keys::ask_end_overlap), post(api_keys::end_overlap)],
        ),
        on(&format!("{KEYS}/{{key}}/delete"), vec![get(api_keys::confirm), post(api_keys::delete)]),
        on(&format!("{KEYS}/{{key}}/replace"), vec![get(api_keys::show), post(api_keys::replace)]),
        on(TOKENS, vec![get(access_tokens::index), post(access_tokens::save)])
            .with_body(body::KEYS_LIMIT),
        on(
            &format!("{TOKENS}/try"),
            vec![get(access_tokens::index), post(access_tokens::try_token)],
        ),
        on("/projects/{project}/{environment}/protect", vec![get(protect::index)]),
        on("/projects/{project}/{environment}/protect/live", vec![get(protect::live)]),
        on(RULES, vec![get(access_rules::index), post(access_rules::save)]),
        on(
            &format!("{RULES}/check-keys-only"),
            vec![get(access_rules::index), post(access_rules::turn)],
        ),
    ]
}

/// A row of the table: an address, and the handler of each method.
struct Row {
    path: String,
    routes: Vec<(&'static str, Route)>,
    body_limit: Option<body::Limit>,
}

fn on(path: &str, routes: Vec<(&'static str, Route)>) -> Row {
    Row { path: path.to_owned(), routes, body_limit: None }
}

impl Row {
    /// Sets another limit for the body than that of forms.
    fn with_body(self, limit: body::Limit) -> Self {
        Self { body_limit: Some(limit), ..self }
    }

    /// The value of the header `Allow`.
    fn allowed(&self) -> String {
        self.routes.iter().map(|(methods, _)| *methods).collect::<Vec<_>>().join(", ")
    }

    /// The resource for actix. Other methods are answered with 405 and `Allow` (RFC 9110, 15.5.6).
    fn resource(self) -> Resource {
        let allowed = self.allowed();
        let mut resource = web::resource(self.path);
        for (_, route) in self.routes {
            resource = resource.route(route);
        }
        if let Some(limit) = self.body_limit {
            resource = resource.app_data(limit);
        }
        resource.default_service(web::to(move || {
            let answer = HttpResponse::MethodNotAllowed()
                .insert_header((header::ALLOW, allowed.as_str()))
                .finish();
            std::future::ready(answer)
        }))
    }
}

fn get<F, Args>(handler: F) -> (&'static str, Route)
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let reads =
        |context: &GuardContext<'_>| matches!(context.head().method, Method::GET | Method::HEAD);
    ("GET, HEAD", web::route().guard(guard::fn_guard(reads)).to(handler))
}

fn post<F, Args>(handler: F) -> (&'static str, Route)
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    ("POST", web::post().to(handler))
}
