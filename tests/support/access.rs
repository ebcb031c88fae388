//! The pages Access Tokens and Access Rules, as somebody without JavaScript uses them.

use super::{Page, SignedIn};

impl SignedIn {
    /// Sends the form of the Access Tokens page with what is given; the rest stays as it is shown.
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

    /// Sends the form of the Access Rules page: the default rights, unless some are given.
    pub async fn save_rules(&self, page: &str, fields: &[(&str, &str)]) -> Page {
        let shown = self.get(page).await.expect(200);
        let version = shown.attribute("input[name=version]", "value");
        let mut form = vec![("version", version.as_str())];
        for (name, default) in [("base_path", "/v1/data"), ("origins", "")] {
            form.push(
                fields.iter().find(|(given, _)| *given == name).copied().unwrap_or((name, default)),
            );
        }
        let others = || fields.iter().filter(|(name, _)| !["base_path", "origins"].contains(name));
        form.extend(others());
        if others().next().is_none() {
            form.push(("refuse_browsers", "on"));
        }
        self.post(page, &form).await
    }

    /// Creates a narrowed key; gives its full text.
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
