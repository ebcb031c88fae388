//! An answer, as a test reads it.

use reqwest::{Response, StatusCode, header::HeaderMap};
use scraper::{Html, Selector};

/// An answer whose body has been read.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Where a redirect leads to.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location").expect("a redirect")
    }

    /// The cookie with this name that the answer sets, as `name=value`.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> String {
        let cookies = self.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap());
        let mut found = cookies.filter(|cookie| cookie.starts_with(&format!("{name}=")));
        let cookie = found.next().unwrap_or_else(|| panic!("no cookie {name}"));
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The body without the token of its forms, which differs in each answer.
    pub fn without_token(&self) -> String {
        let mut parts = self.body.split("name=\"csrf\" value=\"");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |body, part| body + part.split_once('"').map_or(part, |(_, rest)| rest))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// The texts of all elements that match, with white space folded.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let html = self.html();
        let selector = Selector::parse(selector).unwrap();
        html.select(&selector).map(|element| fold(&element.text().collect::<String>())).collect()
    }

    /// The text of the first element that matches.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.texts(selector)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no {selector} in {}", self.body))
    }

    /// The same without folding white space.
    #[track_caller]
    pub fn raw_text(&self, selector: &str) -> String {
        let html = self.html();
        let element = html.select(&Selector::parse(selector).unwrap()).next();
        element.unwrap_or_else(|| panic!("no {selector} in {}", self.body)).text().collect()
    }

    pub fn has(&self, selector: &str) -> bool {
        !self.texts(selector).is_empty()
    }

    /// An attribute of the first element that matches.
    #[track_caller]
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let html = self.html();
        let element = html.select(&Selector::parse(selector).unwrap()).next();
        let element = element.unwrap_or_else(|| panic!("no {selector} in {}", self.body));
        element.value().attr(name).unwrap_or_else(|| panic!("no {name} on {selector}")).to_owned()
    }

    /// Parses the body. A fragment that is a table row is put into a table, because it is not valid
    /// by itself.
    fn html(&self) -> Html {
        if self.body.trim_start().starts_with("<tr") {
            Html::parse_document(&format!("<table>{}</table>", self.body))
        } else {
            Html::parse_document(&self.body)
        }
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
