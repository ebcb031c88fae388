//! The table of URLs, both surfaces. `paths.rs` builds the same addresses.

use actix_web::guard::{self, GuardContext};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Handler, HttpResponse, Resource, Responder, Route};

use super::api::addresses::{KEY, VERIFY};
use super::api::{self, health, v1};
use super::middleware::setup_gate;
use crate::web::dashboard::http::{Error, csrf, session};
use crate::web::dashboard::{
    access_rules, access_tokens, account, activity, api_keys, environments, help, home,
    invitations, members, projects, setup, sign_in, theme,
};
use crate::web::http::body;
use crate::web::{State, assets, paths};

/// For gateways and programs.
pub(crate) fn api(routes: &mut ServiceConfig) {
    routes
        .service(on("/healthz", vec![get(health::alive)]))
        .service(on("/readyz", vec![get(health::ready)]))
        // A scope, because a resource with a path of any length would be a regular expression, for
        // every call.
        .service(web::scope(VERIFY).default_service(web::to(v1::verify::verify)))
        .service(web::scope(KEY).default_service(web::to(v1::key::key)))
        .service(on("/v1/leaks", vec![post(v1::leaks::report)]))
        // Also before setup, and for every method: programs get no page, and no check that is for
        // people.
        .service(
            web::resource(["/v1", "/v1/{anything:.*}"])
                .to(async || Err::<HttpResponse, _>(api::Error::of_status(StatusCode::NOT_FOUND))),
        )
        .service(on("/static/{file}", vec![get(assets::serve)]));
}

/// For people. What only takes a form of a page shows the page to whoever comes back to its
/// address.
pub(crate) fn dashboard(state: web::Data<State>) -> impl FnOnce(&mut ServiceConfig) {
    const INVITATION: &str = "/projects/{project}/team/invitations/{invitation}";
    const KEYS: &str = "/projects/{project}/{environment}/api-keys";
    const TOKENS: &str = "/projects/{project}/{environment}/access-tokens";
    const RULES: &str = "/projects/{project}/{environment}/access-rules";
    move |routes| {
        let scope = web::scope("")
            .wrap(from_fn(csrf::same_origin))
            .wrap(session::middleware(&state))
            .wrap(from_fn(setup_gate::setup_gate))
            .service(on(paths::HOME, vec![get(home::home)]))
            .service(on(paths::SETUP, vec![get(setup::form), post(setup::complete)]))
            .service(on(paths::SIGN_IN, vec![get(sign_in::form), post(sign_in::sign_in)]))
            .service(on(
                paths::SIGN_IN_TWO_STEP,
                vec![get(sign_in::two_step::form), post(sign_in::two_step::pass)],
            ))
            .service(on(paths::SIGN_OUT, vec![get(home::home), post(sign_in::sign_out)]))
            .service(on(paths::ACCOUNT, vec![get(account::index), post(account::name)]))
            .service(on(
                paths::ACCOUNT_EMAIL,
                vec![get(account::index), post(account::email::change)],
            ))
            .service(on(
                paths::ACCOUNT_EMAIL_CONFIRM,
                vec![get(account::email::open), post(account::email::confirm_link)],
            ))
            .service(on(
                paths::ACCOUNT_EMAIL_CANCEL,
                vec![get(account::index), post(account::email::cancel)],
            ))
            .service(on(
                paths::ACCOUNT_PASSWORD,
                vec![get(account::index), post(account::password)],
            ))
            .service(on(
                paths::TWO_STEP,
                vec![get(account::two_step::form), post(account::two_step::turn_on)],
            ))
            .service(on(
                paths::TWO_STEP_OFF,
                vec![get(account::two_step::confirm_off), post(account::two_step::turn_off)],
            ))
            .service(on(
                paths::RECOVERY_CODES,
                vec![get(account::two_step::confirm_codes), post(account::two_step::renew_codes)],
            ))
            .service(on(
                paths::SESSION_END,
                vec![get(account::index), post(account::sessions::end)],
            ))
            .service(on(
                paths::SESSIONS_END,
                vec![get(account::index), post(account::sessions::end_others)],
            ))
            .service(on(paths::THEME, vec![get(home::home), post(theme::set)]))
            .service(on(paths::HELP, vec![get(help::index)]))
            .service(on(paths::HELP_KEYS, vec![get(help::api_keys)]))
            .service(on(paths::HELP_USING, vec![get(help::using)]))
            .service(on(paths::HELP_SETTINGS, vec![get(help::settings)]))
            .service(on(paths::PROJECTS, vec![get(projects::list), post(projects::create)]))
            .service(on(paths::PROJECT_NEW, vec![get(projects::new)]))
            .service(on("/projects/{project}", vec![get(projects::overview)]))
            .service(on(
                "/projects/{project}/environments",
                vec![get(environments::index), post(environments::create)],
            ))
            .service(on("/projects/{project}/environments/new", vec![get(environments::new)]))
            .service(on(
                "/projects/{project}/environments/{id}/edit",
                vec![get(environments::edit), post(environments::save)],
            ))
            .service(on(
                "/projects/{project}/environments/{id}/delete",
                vec![get(environments::confirm), post(environments::delete)],
            ))
            .service(on(
                "/projects/{project}/settings",
                vec![get(projects::settings), post(projects::save)],
            ))
            .service(on(
                "/projects/{project}/settings/delete",
                vec![get(projects::confirm), post(projects::delete)],
            ))
            .service(on(
                "/projects/{project}/activity",
                vec![get(activity::index), post(activity::search)],
            ))
            .service(on("/projects/{project}/activity.csv", vec![get(activity::export)]))
            .service(on("/projects/{project}/team", vec![get(members::index)]))
            .service(on(
                "/projects/{project}/team/leave",
                vec![get(members::confirm_leave), post(members::leave)],
            ))
            .service(on(
                "/projects/{project}/team/hand-over",
                vec![get(members::confirm_hand_over), post(members::hand_over)],
            ))
            .service(on(
                "/projects/{project}/team/invite",
                vec![get(invitations::form), post(invitations::invite)],
            ))
            .service(on(
                &format!("{INVITATION}/renew"),
                vec![get(members::index), post(invitations::renew)],
            ))
            .service(on(
                &format!("{INVITATION}/send"),
                vec![get(members::index), post(invitations::send)],
            ))
            .service(on(
                &format!("{INVITATION}/cancel"),
                vec![get(members::index), post(invitations::cancel)],
            ))
            .service(on(paths::INVITATIONS, vec![get(invitations::open)]))
            .service(on(paths::INVITATION_JOIN, vec![get(home::home), post(invitations::join)]))
            .service(on(
                paths::INVITATION_ACCOUNT,
                vec![get(home::home), post(invitations::make_account)],
            ))
            .service(on(
                "/projects/{project}/team/{user}/role",
                vec![get(members::role), post(members::change_role)],
            ))
            .service(on(
                "/projects/{project}/team/{user}/remove",
                vec![get(members::confirm_remove), post(members::remove)],
            ))
            .service(on(
                "/projects/{project}/settings/key-life",
                vec![get(projects::key_life), post(projects::set_key_life)],
            ))
            .service(on(
                "/projects/{project}/settings/leaks",
                vec![get(projects::settings), post(projects::set_pause_leaked)],
            ))
            .service(on(
                "/projects/{project}/settings/shared-address",
                vec![get(projects::shared_address), post(projects::set_shared_address)],
            ))
            .service(on(KEYS, vec![get(api_keys::index), post(api_keys::create)]))
            .service(on(&format!("{KEYS}/new"), vec![get(api_keys::new)]))
            .service(on(
                &format!("{KEYS}/search"),
                vec![get(api_keys::index), post(api_keys::search)],
            ))
            .service(on(&format!("{KEYS}/deleted"), vec![get(api_keys::deleted)]))
            .service(on(&format!("{KEYS}/{{key}}"), vec![get(api_keys::show)]))
            .service(on(
                &format!("{KEYS}/{{key}}/edit"),
                vec![get(api_keys::edit), post(api_keys::change)],
            ))
            .service(on(
                &format!("{KEYS}/{{key}}/pause"),
                vec![get(api_keys::ask_pause), post(api_keys::pause)],
            ))
            .service(on(
                &format!("{KEYS}/{{key}}/resume"),
                vec![get(api_keys::show), post(api_keys::resume)],
            ))
            .service(on(
                &format!("{KEYS}/{{key}}/rotate"),
                vec![get(api_keys::ask_rotate), post(api_keys::rotate)],
            ))
            .service(on(
                &format!("{KEYS}/{{key}}/end-overlap"),
                vec![get(api_keys::ask_end_overlap), post(api_keys::end_overlap)],
            ))
            .service(on(
                &format!("{KEYS}/{{key}}/delete"),
                vec![get(api_keys::confirm), post(api_keys::delete)],
            ))
            .service(on(
                &format!("{KEYS}/{{key}}/replace"),
                vec![get(api_keys::show), post(api_keys::replace)],
            ))
            .service(
                on(TOKENS, vec![get(access_tokens::index), post(access_tokens::save)])
                    .app_data(body::KEYS_LIMIT),
            )
            .service(on(
                &format!("{TOKENS}/try"),
                vec![get(access_tokens::index), post(access_tokens::try_token)],
            ))
            .service(on(RULES, vec![get(access_rules::index), post(access_rules::save)]))
            .service(on(
                &format!("{RULES}/check-keys-only"),
                vec![get(access_rules::index), post(access_rules::turn)],
            ))
            .default_service(web::to(async || Err::<HttpResponse, Error>(Error::NotFound)));
        routes.service(scope);
    }
}

/// A resource with these methods; others are answered with 405 and what is allowed (RFC 9110,
/// 15.5.6).
fn on(path: &str, methods: Vec<(&'static str, Route)>) -> Resource {
    let allow = methods.iter().map(|(names, _)| *names).collect::<Vec<_>>().join(", ");
    let resource =
        methods.into_iter().fold(web::resource(path), |resource, (_, route)| resource.route(route));
    let refuse = move || {
        let answer = HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, allow.as_str()))
            .finish();
        std::future::ready(answer)
    };
    resource.default_service(web::to(refuse))
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
