//! Every route of the dashboard, and the right that it needs.

use reqwest::Method;

/// What somebody needs for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: everybody gets an answer.
    Nothing,
    /// An account.
    SignedIn,
    /// To run the instance.
    Administer,
    /// To run the instance, or to own a project already.
    CreateProjects,
    /// To be a member of the project.
    See,
    /// The right to change keys and access rules.
    EditKeys,
    /// The same, in a protected environment.
    EditProtectedKeys,
    AddEnvironments,
    /// The right to manage environments, team and settings.
    Manage,
    /// The right to delete or hand over the project.
    Own,
}

/// A route.
pub struct Row {
    method: &'static str,
    /// The path, as in `routes.rs`, with the query that a page needs.
    pub path: &'static str,
    pub need: Need,
    /// The statuses of routes that need nothing.
    pub open: &'static [u16],
}

impl Row {
    pub fn method(&self) -> Method {
        self.method.parse().unwrap()
    }
}

const fn get(path: &'static str, need: Need) -> Row {
    Row { method: "GET", path, need, open: &[] }
}

const fn post(path: &'static str, need: Need) -> Row {
    Row { method: "POST", path, need, open: &[] }
}

const fn open(method: &'static str, path: &'static str, open: &'static [u16]) -> Row {
    Row { method, path, need: Need::Nothing, open }
}

/// All routes. New ones must be added here.
pub const ROWS: &[Row] = {
    use Need::{AddEnvironments, Administer, CreateProjects, EditKeys, Manage, Own, See, SignedIn};
    &[
        get("/", SignedIn),
        open("GET", "/setup", &[403]), // it is over
        open("POST", "/setup", &[400]),
        open("GET", "/sign-in", &[200, 303]),
        open("POST", "/sign-in", &[400]),
        open("GET", "/sign-in/two-step", &[303]), // nobody is half in
        open("POST", "/sign-in/two-step", &[400]),
        get("/sign-out", SignedIn),
        post("/sign-out", SignedIn),
        get("/account", SignedIn),
        get("/account/name", SignedIn),
        post("/account/name", SignedIn),
        get("/account/email", SignedIn),
        post("/account/email", SignedIn),
        get("/account/email/confirm", SignedIn),
        post("/account/email/confirm", SignedIn),
        get("/account/email/cancel", SignedIn),
        post("/account/email/cancel", SignedIn),
        get("/account/password", SignedIn),
        post("/account/password", SignedIn),
        get("/account/two-step", SignedIn),
        post("/account/two-step", SignedIn),
        get("/account/two-step/off", SignedIn),
        post("/account/two-step/off", SignedIn),
        get("/account/recovery-codes", SignedIn),
        post("/account/recovery-codes", SignedIn),
        get("/account/sessions/end", SignedIn),
        post("/account/sessions/end", SignedIn),
        get("/account/sessions/end-others", SignedIn),
        post("/account/sessions/end-others", SignedIn),
        get("/theme", SignedIn),
        post("/theme", SignedIn),
        get("/search", SignedIn),
        post("/search", SignedIn),
        get("/instance", Administer),
        get("/instance/users", Administer),
        post("/instance/users", Administer),
        get("/instance/users/{user}", Administer),
        get("/instance/users/{user}/{verb}", Administer),
        post("/instance/users/{user}/{verb}", Administer),
        get("/instance/projects", Administer),
        get("/instance/projects/{of}/hand-over", Administer),
        post("/instance/projects/{of}/hand-over", Administer),
        open("GET", "/hand-over/stop", &[410]), // no such link
        open("POST", "/hand-over/stop", &[400]),
        get("/instance/settings", Administer),
        post("/instance/settings", Administer),
        get("/help", SignedIn),
        get("/help/api-keys", SignedIn),
        get("/help/using-a-key", SignedIn),
        get("/help/project-settings", SignedIn),
        get("/projects", SignedIn),
        post("/projects", SignedIn),
        get("/projects/new", CreateProjects),
        get("/projects/{project}", See),
        get("/projects/{project}/environments", See),
        post("/projects/{project}/environments", AddEnvironments),
        get("/projects/{project}/environments/new", AddEnvironments),
        get("/projects/{project}/environments/{id}/edit", Manage),
        post("/projects/{project}/environments/{id}/edit", Manage),
        get("/projects/{project}/environments/{id}/delete", Manage),
        post("/projects/{project}/environments/{id}/delete", Manage),
        get("/projects/{project}/settings", See),
        post("/projects/{project}/settings", Manage),
        get("/projects/{project}/settings/delete", Own),
        post("/projects/{project}/settings/delete", Own),
        get("/projects/{project}/settings/key-life", Manage),
        post("/projects/{project}/settings/key-life", Manage),
        get("/projects/{project}/settings/leaks", Manage),
        post("/projects/{project}/settings/leaks", Manage),
        get("/projects/{project}/settings/shared-address", Manage),
        post("/projects/{project}/settings/shared-address", Manage),
        get("/projects/{project}/activity", See),
        post("/projects/{project}/activity", See),
        get("/projects/{project}/activity.csv", See),
        get("/projects/{project}/team", See),
        get("/projects/{project}/team/leave", See),
        post("/projects/{project}/team/leave", See),
        get("/projects/{project}/team/hand-over", Own),
        post("/projects/{project}/team/hand-over", Own),
        get("/projects/{project}/team/invite", Manage),
        post("/projects/{project}/team/invite", Manage),
        get("/projects/{project}/team/invitations/{invitation}/renew", See),
        post("/projects/{project}/team/invitations/{invitation}/renew", Manage),
        get("/projects/{project}/team/invitations/{invitation}/send", See),
        post("/projects/{project}/team/invitations/{invitation}/send", Manage),
        get("/projects/{project}/team/invitations/{invitation}/cancel", See),
        post("/projects/{project}/team/invitations/{invitation}/cancel", Manage),
        get("/projects/{project}/team/{user}/role", Manage),
        post("/projects/{project}/team/{user}/role", Manage),
        get("/projects/{project}/team/{user}/remove", Manage),
        post("/projects/{project}/team/{user}/remove", Manage),
        open("GET", "/invitations", &[200]), // with a link that is good
        get("/invitations/join", SignedIn),
        post("/invitations/join", SignedIn),
        get("/invitations/account", SignedIn),
        open("POST", "/invitations/account", &[400]),
        get("/projects/{project}/{environment}/api-keys", See),
        post("/projects/{project}/{environment}/api-keys", EditKeys),
        get("/projects/{project}/{environment}/api-keys/new?kind=secret", EditKeys),
        get("/projects/{project}/{environment}/api-keys/search", See),
        post("/projects/{project}/{environment}/api-keys/search", See),
        get("/projects/{project}/{environment}/api-keys/deleted", See),
        get("/projects/{project}/{environment}/api-keys/{key}", See),
        get("/projects/{project}/{environment}/api-keys/{key}/edit", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/edit", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/limits", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/limits", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/pause", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/pause", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/resume", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/resume", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/rotate", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/rotate", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/end-overlap", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/end-overlap", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/delete", EditKeys),
        post("/projects/{project}/{environment}/api-keys/{key}/delete", EditKeys),
        get("/projects/{project}/{environment}/api-keys/{key}/replace", See),
        post("/projects/{project}/{environment}/api-keys/{key}/replace", EditKeys),
        get("/projects/{project}/{environment}/access-tokens", See),
        post("/projects/{project}/{environment}/access-tokens", EditKeys),
        get("/projects/{project}/{environment}/access-tokens/try", See),
        post("/projects/{project}/{environment}/access-tokens/try", See),
        get("/projects/{project}/{environment}/protect", See),
        get("/projects/{project}/{environment}/protect/live", See),
        get("/projects/{project}/{environment}/access-rules", See),
        post("/projects/{project}/{environment}/access-rules", EditKeys),
        get("/projects/{project}/{environment}/access-rules/check-keys-only", See),
        post("/projects/{project}/{environment}/access-rules/check-keys-only", Manage),
    ]
};
