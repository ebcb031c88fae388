//! Every route that changes something, with a valid form.

use crate::support::{Authenticator, PASSWORD, Server, SignedIn};

const DEV: &str = "/projects/my-blog/dev/api-keys";
/// Of an authenticator app.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// What [`settle`] makes the id of `staging`.
const STAGING: &str = "env_00000000000070008000000000000001";

/// A project without an owner.
const PROJECT: &str = "prj_00000000000070008000000000000002";

/// Gives `staging` an id that is known before.
pub fn settle(server: &Server) {
    server
        .database
        .execute(&format!("UPDATE environments SET id = '{STAGING}' WHERE name = 'staging'"));
}

/// The value of `seen` for these texts.
fn seen(texts: &[&str]) -> String {
    keyrack::domain::text::fingerprint(texts)
}

/// A viewer of the project.
const ZOE: &str = "usr_00000000000000000000000000000020";

/// Invitations to it.
const RENEWED: &str = "inv_00000000000000000000000000000021";
const CANCELLED: &str = "inv_00000000000000000000000000000022";

/// Adds them, and the project without an owner.
pub fn add_zoe(server: &Server) {
    server.database.execute(&format!(
        "INSERT INTO users (id, email, email_folded, name, password_hash, created_at)
         SELECT '{ZOE}', 'zoe@example.com', 'zoe@example.com', 'Zoe', '', created_at FROM projects;
         INSERT INTO members (project_id, user_id, role, created_at) SELECT id, '{ZOE}', 'viewer', created_at FROM projects"
    ));
    for id in [RENEWED, CANCELLED] {
        let digest = if server.database.is_postgres() {
            format!("'{id}'::bytea")
        } else {
            format!("CAST('{id}' AS BLOB)")
        };
        server.database.execute(&format!(
            "INSERT INTO invitations (id, digest, project_id, project, email, email_folded, role, created_at, expires_at, mail)
             SELECT '{id}', {digest}, id, name, '{id}@example.com', '{id}@example.com', 'viewer', created_at, created_at, 'none' FROM projects"
        ));
    }
    server.database.execute(&format!(
        "INSERT INTO projects (id, slug, name, description, created_at)
         SELECT '{PROJECT}', 'orphaned', 'Orphaned', '', created_at FROM projects"
    ));
}

/// Every route that changes something, with valid fields. New routes must be added here.
pub fn routes(key: &str, token: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
    let field = |name, value: &str| (name, value.to_owned());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let app = Authenticator::new(SECRET);
    let (code, next_code) = (app.at(now.as_secs()), app.at(now.as_secs() + 30));
    vec![
        (
            DEV.to_owned(),
            vec![field("token", token), field("kind", "secret"), field("name", "mine")],
        ),
        (format!("{DEV}/search"), vec![field("q", "server")]),
        (format!("{DEV}/{key}/pause"), vec![]),
        (format!("{DEV}/{key}/resume"), vec![]),
        (
            format!("{DEV}/{key}/limits"),
            vec![
                field("scopes", ""),
                field("from", ""),
                field("rate", ""),
                field("burst", ""),
                field("expires", "keep"),
                field("expires_on", ""),
                field("seen", ""),
            ],
        ),
        (format!("{DEV}/{key}/edit"), vec![field("name", "server-key"), field("note", "ask Ada")]),
        (
            format!("{DEV}/{key}/rotate"),
            vec![field("token", token), field("rotations", "0"), field("overlap", "24h")],
        ),
        (format!("{DEV}/{key}/end-overlap"), vec![]),
        ("/projects/my-blog/settings/key-life".to_owned(), vec![field("days", "90")]),
        ("/projects/my-blog/settings/leaks".to_owned(), vec![field("pause", "on")]),
        ("/projects/my-blog/settings/shared-address".to_owned(), vec![field("seen", "x")]),
        (
            format!("{DEV}/{key}/replace"),
            vec![field("token", &token.chars().rev().collect::<String>())],
        ),
        (format!("{DEV}/{key}/delete"), vec![field("confirm", "server-key")]),
        ("/projects/my-blog/environments".to_owned(), vec![field("name", "qa")]),
        (
            format!("/projects/my-blog/environments/{STAGING}/edit"),
            vec![field("name", "tests"), field("seen", &seen(&["staging", "plain"]))],
        ),
        (
            format!("/projects/my-blog/environments/{STAGING}/delete"),
            vec![field("confirm", "tests")],
        ),
        (
            "/projects/my-blog/settings".to_owned(),
            vec![
                field("name", "Blog"),
                field("description", ""),
                field("seen", &seen(&["My Blog", ""])),
            ],
        ),
        (
            "/projects/my-blog/activity".to_owned(),
            ["person", "what", "environment", "time", "q"].map(|name| field(name, "")).to_vec(),
        ),
        (
            "/projects/my-blog/team/hand-over".to_owned(),
            vec![field("person", ""), field("password", "x")],
        ),
        (
            format!("/projects/my-blog/team/{ZOE}/role"),
            vec![field("was", "viewer"), field("role", "member")],
        ),
        (format!("/projects/my-blog/team/{ZOE}/remove"), vec![]),
        (
            "/projects".to_owned(),
            vec![field("name", "Shop"), field("slug", ""), field("description", "")],
        ),
        ("/search".to_owned(), vec![field("list", "/projects"), field("q", "blog")]),
        ("/instance/users".to_owned(), vec![field("q", "ada")]),
        (format!("/instance/users/{ZOE}/disable"), vec![field("password", PASSWORD)]),
        (
            "/instance/settings".to_owned(),
            vec![
                field("creation", "owners"),
                field("two_step", ""),
                field("grace", "14"),
                field("projects", "200"),
                field("environments", "100"),
                field("keys", "10000"),
                field("password", PASSWORD),
            ],
        ),
        (
            format!("/instance/projects/{PROJECT}/hand-over"),
            vec![field("person", ZOE), field("password", PASSWORD)],
        ),
        ("/account/name".to_owned(), vec![field("name", "Ada L.")]),
        (
            "/account/email".to_owned(),
            vec![field("email", "ada.l@example.com"), field("password", PASSWORD)],
        ),
        ("/account/email/confirm".to_owned(), vec![field("token", "x")]),
        ("/account/email/cancel".to_owned(), vec![]),
        (
            "/account/two-step".to_owned(),
            vec![field("secret", SECRET), field("code", &code), field("password", PASSWORD)],
        ),
        (
            "/account/two-step/off".to_owned(),
            vec![field("password", PASSWORD), field("code", &next_code)],
        ),
        ("/account/recovery-codes".to_owned(), vec![field("password", PASSWORD)]),
        ("/account/sessions/end".to_owned(), vec![field("session", "0123456789abcdef")]),
        ("/account/sessions/end-others".to_owned(), vec![]),
        (
            "/account/password".to_owned(),
            vec![field("current", PASSWORD), field("new", "violet-anchor-syrup-62")],
        ),
        (
            "/projects/my-blog/dev/access-tokens".to_owned(),
            ["issuer", "audience", "url", "keys"]
                .map(|name| field(name, ""))
                .into_iter()
                .chain([field("version", "")])
                .collect(),
        ),
        ("/projects/my-blog/dev/access-tokens/try".to_owned(), vec![field("token", "x")]),
        (
            "/projects/my-blog/dev/access-rules".to_owned(),
            vec![
                field("version", ""),
                field("base_path", "/v1/data"),
                field("elsewhere", "nobody"),
                field("origins", ""),
            ],
        ),
        (
            "/projects/my-blog/dev/access-rules/check-keys-only".to_owned(),
            vec![field("version", ""), field("environment", "env_x"), field("turn", "on")],
        ),
        ("/theme".to_owned(), vec![field("theme", "dark")]),
        (
            "/projects/my-blog/team/invite".to_owned(),
            vec![field("email", "kim@example.com"), field("role", "viewer")],
        ),
        (format!("/projects/my-blog/team/invitations/{RENEWED}/renew"), vec![]),
        (format!("/projects/my-blog/team/invitations/{CANCELLED}/cancel"), vec![]),
        (format!("/projects/my-blog/team/invitations/{CANCELLED}/send"), vec![]),
        ("/invitations/join".to_owned(), vec![field("token", "x")]),
        ("/projects/my-blog/team/leave".to_owned(), vec![]),
        ("/projects/my-blog/settings/delete".to_owned(), vec![field("confirm", "Blog")]),
        ("/sign-out".to_owned(), vec![]),
    ]
}

/// A project with everything that the forms are about.
pub struct Ground {
    pub ada: SignedIn,
    /// The id of a key.
    pub key: String,
    /// The one-time token of a form.
    pub token: String,
}

impl Ground {
    pub async fn of(server: &Server) -> Self {
        let ada = server.ada().await;
        settle(server);
        let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
        add_zoe(server);
        let token = ada.form_token(DEV, "secret").await;
        Self { ada, key, token }
    }

    /// A path of the table of routes, filled with existing names and ids.
    pub fn fill(&self, path: &str) -> String {
        [
            ("{project}", "my-blog"),
            ("{environment}", "dev"),
            ("{id}", STAGING),
            ("{key}", &self.key),
            ("{user}", ZOE),
            ("{invitation}", RENEWED),
            ("{verb}", "disable"),
            ("{of}", PROJECT),
        ]
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
    }
}
