//! Uses the pages Access Tokens and Access Rules like somebody without JavaScript.

use super::{Page, SignedIn};

/// What the groups may do in a new environment.
const DEFAULT_RIGHTS: [&str; 10] = [
    "guest-read",
    "guest-list",
    "user-read",
    "user-list",
    "user-create",
    "admin-read",
    "admin-list",
    "admin-create",
    "admin-update",
    "admin-delete",
];

impl SignedIn {
    /// Sends the form of the Access Tokens page with these fields. The others stay as the page
    /// shows them.
    pub async fn save_tokens(&self, page: &str, fields: &[(&str, &str)]) -> Page {
        let shown = self.get(page).await.expect(200);
        let version = shown.attribute("input[name=version]", "value");
        let mut form = vec![("version", version.as_str())];
        for name in ["issuer", "audience", "subject", "url", "keys"] {
            form.push(
                fields.iter().find(|(given, _)| *given == name).copied().unwrap_or((name, "")),
            );
        }
        self.post(page, &form).await
    }

    /// Sends the form of the Access Rules page, with the default rights unless some are given.
    pub async fn save_rules(&self, page: &str, fields: &[(&str, &str)]) -> Page {
        let shown = self.get(page).await.expect(200);
        let version = shown.attribute("input[name=version]", "value");
        let mut form = vec![("version", version.as_str())];
        let texts = [("base_path", "/v1/data"), ("elsewhere", "secret-keys"), ("origins", "")];
        for (name, default) in texts {
            form.push(
                fields.iter().find(|(given, _)| *given == name).copied().unwrap_or((name, default)),
            );
        }
        let is_text = |name: &str| texts.iter().any(|(text, _)| *text == name);
        let others = || fields.iter().filter(|(name, _)| !is_text(name));
        form.extend(others());
        if others().next().is_none() {
            form.push(("refuse_browsers", "on"));
            form.extend(DEFAULT_RIGHTS.map(|right| (right, "on")));
        }
        self.post(page, &form).await
    }

    /// Creates a narrowed key, and returns its value.
    pub async fn create_narrowed(
        &self,
        list: &str,
        kind: &str,
        name: &str,
        options: &[(&str, &str)],
    ) -> String {
        let token = self.form_token(list, kind).await;
        let fields =
            [&[("token", token.as_str()), ("kind", kind), ("name", name)], options].concat();
        self.post(list, &fields).await.expect(200).text("#new-key")
    }
}
