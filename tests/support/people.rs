//! People with a browser but without JavaScript: with cookies, forms and the headers that browsers
//! send.

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};

use super::Page;

/// Somebody who has not signed in.
#[derive(Clone)]
pub struct Anonymous {
    pub client: Client,
    pub origin: String,
}

impl Anonymous {
    pub fn new(origin: &str) -> Self {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        Self { client, origin: origin.to_owned() }
    }

    /// A request, as a browser sends it from a page of this site.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.origin))
            .header("Sec-Fetch-Site", "same-origin")
    }

    pub async fn get(&self, path: &str) -> Page {
        Page::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::of(self.request(Method::POST, path).form(fields).send().await.unwrap()).await
    }
}

/// Somebody who has signed in.
#[derive(Clone)]
pub struct SignedIn {
    pub browser: Anonymous,
    pub csrf: String,
}

impl SignedIn {
    pub async fn new(browser: Anonymous, email: &str, password: &str) -> Self {
        browser
            .post("/sign-in", &[("email", email), ("password", password), ("next", "/projects")])
            .await
            .expect(303);
        Self::already(browser).await
    }

    /// Somebody whose browser has a session already.
    pub async fn already(browser: Anonymous) -> Self {
        let csrf =
            browser.get("/projects").await.expect(200).attribute("input[name=csrf]", "value");
        Self { browser, csrf }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.browser.get(path).await
    }

    /// Gets a fragment, as htmx does.
    pub async fn hx_get(&self, path: &str) -> Page {
        Page::of(
            self.browser
                .request(Method::GET, path)
                .header("HX-Request", "true")
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Sends a form of this session.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser.post(path, &self.with_csrf(fields)).await
    }

    /// Sends a form, as htmx does.
    pub async fn hx_post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.browser.request(Method::POST, path).header("HX-Request", "true");
        Page::of(request.form(&self.with_csrf(fields)).send().await.unwrap()).await
    }

    fn with_csrf<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [("csrf", self.csrf.as_str())].into_iter().chain(fields.iter().copied()).collect()
    }

    /// Opens a new form for a key, and returns its one-time token.
    pub async fn form_token(&self, list: &str, kind: &str) -> String {
        self.get(&format!("{list}/new?kind={kind}"))
            .await
            .expect(200)
            .attribute("input[name=token]", "value")
    }

    /// Creates a key without JavaScript, and returns its value and its id.
    pub async fn create_key(&self, list: &str, kind: &str, name: &str) -> (String, String) {
        let token = self.form_token(list, kind).await;
        let fields = [("token", token.as_str()), ("kind", kind), ("name", name)];
        let key = self.post(list, &fields).await.expect(200).text("#new-key");
        let page = self.get(list).await;
        let row = format!("#{kind}-rows tr");
        (key, page.attribute(&row, "id"))
    }

    /// Deletes a key without JavaScript.
    pub async fn delete_key(&self, list: &str, id: &str, name: &str) -> Page {
        self.post(&format!("{list}/{id}/delete"), &[("confirm", name)]).await
    }
}
