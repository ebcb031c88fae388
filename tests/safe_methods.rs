//! GET and HEAD change nothing, on any route and for anybody.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::routes::{row_of, that_take};
use crate::support::{Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn no_get_and_no_head_changes_the_database() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (_, deleted) = ada.create_key(DEV, "secret", "old-key").await;
    ada.delete_key(DEV, &deleted, "old-key").await.expect(303);
    let invited = ada
        .post("/projects/my-blog/team/invite", &[("email", "kim@example.com"), ("role", "viewer")])
        .await;
    let invitation = invited.expect(200).text("#lnk").replace(&server.origin, "");
    let css = ada.get("/projects").await.attribute("link[rel=stylesheet]", "href");
    let staging =
        &server.database.query("SELECT id AS value FROM environments WHERE name = 'staging'")[0];
    let before = server.database.dump();
    let visitor = server.anonymous();
    let paths = [
        "/",
        "/setup",
        "/setup?token=x",
        "/sign-in",
        "/sign-in?next=/projects",
        "/sign-out",
        "/sign-in/two-step",
        "/sign-in/two-step?with=recovery-code",
        "/account",
        "/account?before=act_00000000000000000000000000000000",
        "/account/name",
        "/account/email",
        "/account/email/confirm",
        "/account/email/confirm?token=x",
        "/account/email/cancel",
        "/account/password",
        "/account/two-step",
        "/account/two-step/off",
        "/account/recovery-codes",
        "/account/sessions/end",
        "/account/sessions/end-others",
        "/search",
        "/instance",
        "/instance/users",
        "/instance/users?q=ada&page=2",
        "/instance/users/usr_00000000000000000000000000000000",
        "/instance/users/usr_00000000000000000000000000000000/delete",
        "/instance/projects",
        "/instance/projects/prj_00000000000000000000000000000000/hand-over",
        "/instance/settings",
        "/hand-over/stop?token=x",
        "/theme",
        "/help",
        "/help/api-keys",
        "/help/using-a-key",
        "/help/project-settings",
        "/projects",
        "/projects/new",
        "/projects/my-blog",
        "/projects/nope",
        "/projects/my-blog/environments",
        "/projects/my-blog/environments/new",
        &format!("/projects/my-blog/environments/{staging}/edit"),
        &format!("/projects/my-blog/environments/{staging}/delete"),
        &format!("/projects/my-blog/environments/{staging}/delete?confirm=staging"),
        "/projects/my-blog/settings",
        "/projects/my-blog/settings/delete",
        "/projects/my-blog/team",
        "/projects/my-blog/team/leave",
        "/projects/my-blog/team/hand-over",
        "/projects/my-blog/team/invite",
        "/projects/my-blog/team/invitations/inv_00000000000000000000000000000000/renew",
        "/projects/my-blog/team/invitations/inv_00000000000000000000000000000000/send",
        "/projects/my-blog/team/invitations/inv_00000000000000000000000000000000/cancel",
        "/invitations",
        "/invitations?token=x",
        &invitation,
        "/invitations/join",
        "/invitations/account",
        "/projects/my-blog/team/usr_00000000000000000000000000000000/role",
        "/projects/my-blog/team/usr_00000000000000000000000000000000/remove",
        DEV,
        "/projects/my-blog/prod/api-keys?q=a&kind=secret&page=2",
        &format!("{DEV}/new?kind=secret"),
        &format!("{DEV}/search"),
        &format!("{DEV}/search?q=x"),
        &format!("{DEV}/{id}/delete"),
        &format!("{DEV}/{id}/delete?confirm=server-key"),
        &format!("{DEV}/{id}/replace"),
        &format!("{DEV}/{deleted}/delete"),
        "/projects/my-blog/dev/access-tokens",
        "/projects/my-blog/dev/access-tokens/try",
        "/projects/my-blog/dev/protect",
        "/projects/my-blog/dev/protect/live",
        &format!("{DEV}/{id}/limits"),
        "/projects/my-blog/dev/access-rules",
        "/projects/my-blog/dev/access-rules/check-keys-only",
        "/projects/my-blog/activity",
        "/projects/my-blog/activity?q=server",
        "/projects/my-blog/activity.csv",
        &format!("{DEV}/{id}"),
        &format!("{DEV}/{deleted}"),
        &format!("{DEV}/{id}/edit"),
        &format!("{DEV}/{id}/rotate"),
        &format!("{DEV}/{id}/pause"),
        &format!("{DEV}/{deleted}/rotate"),
        &format!("{DEV}/{id}/resume"),
        &format!("{DEV}/{id}/end-overlap"),
        &format!("{DEV}/deleted"),
        &format!("{DEV}?status=expired&sort=name"),
        "/projects/my-blog/settings/key-life",
        "/projects/my-blog/settings/leaks",
        "/v1/verify/my-blog/dev",
        "/v1/key/my-blog/dev",
        "/projects/my-blog/settings/shared-address",
        "/v1/leaks",
        "/healthz",
        "/readyz",
        &css,
        "/nowhere",
    ];
    let tried: BTreeSet<String> = paths.iter().filter_map(|path| row_of(path)).collect();
    assert_eq!(tried, that_take("GET"), "a new GET route belongs to the list above");
    for path in paths {
        for method in [Method::GET, Method::HEAD] {
            for browser in [&ada.browser, &visitor] {
                let page =
                    Page::of(browser.request(method.clone(), path).send().await.unwrap()).await;
                assert!(page.status.as_u16() < 500, "{method} {path}");
                let crossed = browser
                    .client
                    .request(method.clone(), server.url(path))
                    .header("Sec-Fetch-Site", "cross-site");
                assert!(
                    crossed.send().await.unwrap().status().as_u16() < 500,
                    "a link from elsewhere works"
                );
            }
        }
        assert_eq!(server.database.dump(), before, "{path}");
    }
}

#[tokio::test]
async fn the_time_of_the_last_request_is_noted_once_a_minute_at_most() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let seen = || {
        server.database.query("SELECT CAST(last_seen_at AS TEXT) AS value FROM sessions").remove(0)
    };
    let first = seen();
    ada.get(DEV).await.expect(200);
    assert_eq!(seen(), first);
    server.clock.advance(TimeDelta::seconds(61));
    ada.get(DEV).await.expect(200);
    assert_ne!(seen(), first);
}
