//! Keeps what was typed into a form whose session had ended when it was sent.
//!
//! The text is put into hidden fields of the page that says so, is passed on through the sign-in,
//! and comes back into the form (`middleware::refill`), as if it had just been typed. It is not
//! kept on the server or in the browser's storage, and it never has passwords, codes or keys.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use actix_web::{HttpMessage, HttpRequest};
use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use url::form_urlencoded::byte_serialize;

use crate::domain::key_shape::mask_in;
use crate::web::http::body;
use crate::web::paths;

/// Fields that are not kept: secrets, and those that each form has anyway.
const NEVER: [&str; 6] = ["csrf", "token", "password", "current", "new", "code"];
/// How long the kept text may be in the sign-in form, percent-encoded. That leaves room for the
/// other fields.
const LONGEST: usize = body::KEPT_LIMIT.0 - body::PAGE_LIMIT.0;

/// What was typed into a form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The address that the form was sent to.
    action: String,
    fields: Vec<(String, String)>,
}

impl Kept {
    /// `None` if there is nothing worth keeping.
    pub(crate) fn of(action: &str, fields: &[(String, String)]) -> Option<Self> {
        let kept = |(name, value): &&(String, String)| {
            !NEVER.contains(&name.as_str()) && mask_in(value).is_none()
        };
        let fields = fields.iter().filter(kept).cloned().collect();
        Self { action: action.to_owned(), fields }.checked()
    }

    /// Parses what came back in a hidden field.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let kept: Self = serde_json::from_str(text).ok()?;
        Self::of(&kept.action, &kept.fields)
    }

    fn checked(self) -> Option<Self> {
        let any = self.fields.iter().any(|(_, value)| !value.trim().is_empty());
        let fits =
            || byte_serialize(self.text().as_bytes()).map(str::len).sum::<usize>() <= LONGEST;
        (any && paths::is_local(&self.action) && fits()).then_some(self)
    }

    /// The text for a hidden field.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The address of the page with the form.
    pub(crate) fn page(&self) -> String {
        let kind = self.fields.iter().find(|(name, _)| name == "kind");
        paths::form_of(&self.action, kind.map_or("", |(_, kind)| kind))
    }

    /// Fills the form on a page with what was typed.
    pub(crate) fn fill(&self, page: &str) -> Option<String> {
        let ours = Rc::new(Cell::new(false));
        let select = Rc::new(RefCell::new(String::new()));
        let is_ours = || {
            let ours = Rc::clone(&ours);
            move || ours.get()
        };
        let (here, in_input, in_text, in_select) = (is_ours(), is_ours(), is_ours(), is_ours());
        let chosen = Rc::clone(&select);
        let handlers = vec![
            element!("form", move |form| {
                ours.set(form.get_attribute("action").as_deref() == Some(&*self.action));
                if ours.get() {
                    form.prepend(NOT_SENT, ContentType::Html);
                }
                Ok(())
            }),
            element!("details", move |details| {
                if here() && self.fields.iter().any(|(name, value)| is_extra(name, value)) {
                    details.set_attribute("open", "")?;
                }
                Ok(())
            }),
            element!("input[name]", move |input| {
                if in_input() { self.fill_input(input) } else { Ok(()) }
            }),
            element!("textarea[name]", move |area| {
                if in_text()
                    && let Some(value) = area.get_attribute("name").and_then(|n| self.get(&n))
                {
                    area.set_inner_content(value, ContentType::Text);
                }
                Ok(())
            }),
            element!("select[name]", move |element| {
                let name = element.get_attribute("name").filter(|_| in_select());
                *select.borrow_mut() = name.unwrap_or_default();
                Ok(())
            }),
            element!("option", move |option| {
                let Some(value) = self.get(&chosen.borrow()) else { return Ok(()) };
                tick(option, "selected", option.get_attribute("value").as_deref() == Some(value))
            }),
        ];
        let settings = RewriteStrSettings::new();
        let settings = handlers
            .into_iter()
            .fold(settings, |settings, handler| settings.append_element_content_handler(handler));
        rewrite_str(page, settings).ok()
    }

    fn fill_input(&self, input: &mut Element<'_, '_>) -> lol_html::HandlerResult {
        let name = input.get_attribute("name").unwrap_or_default();
        match input.get_attribute("type").as_deref() {
            Some("hidden" | "password" | "submit") => Ok(()),
            Some("checkbox" | "radio") => {
                let value = input.get_attribute("value").unwrap_or_else(|| "on".to_owned());
                tick(input, "checked", self.get(&name) == Some(&value))
            }
            _ => {
                if let Some(value) = self.get(&name) {
                    // `set_attribute` escapes quotation marks.
                    input.set_attribute("value", &value.replace('&', "&amp;"))?;
                }
                Ok(())
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

const NOT_SENT: &str = "<p class=\"hint\" role=\"status\">This was not sent: you were signed out. \
     Check it and send it again.</p>";

/// Whether this is a field under *Options* with a value.
fn is_extra(name: &str, value: &str) -> bool {
    matches!(name, "scopes" | "from" | "expires" | "expires_on") && !value.is_empty()
}

fn tick(element: &mut Element<'_, '_>, attribute: &str, on: bool) -> lol_html::HandlerResult {
    if on {
        element.set_attribute(attribute, "")?;
    } else {
        element.remove_attribute(attribute);
    }
    Ok(())
}

/// What was typed into the form of a request, once it is read. Extractors run concurrently, and the
/// one that finds nobody signed in would end the others.
#[derive(Clone, Default)]
pub(crate) struct Typed(Rc<(RefCell<Option<Kept>>, Notify)>);

impl Typed {
    /// Registers the extractor of a form.
    pub(crate) fn expected(request: &HttpRequest) -> Self {
        let this = Self::default();
        request.extensions_mut().insert(this.clone());
        this
    }

    /// Called when the form was read.
    pub(crate) fn put(&self, kept: Option<Kept>) {
        *self.0.0.borrow_mut() = kept;
        self.0.1.notify_one();
    }

    /// Waits until the form was read, if there is one.
    pub(crate) async fn arrived(request: &HttpRequest) {
        let typed = request.extensions().get::<Self>().cloned();
        if let Some(typed) = typed
            && typed.0.0.borrow().is_none()
        {
            typed.0.1.notified().await;
        }
    }

    /// What was typed.
    pub(crate) fn of(request: &HttpRequest) -> Option<Kept> {
        request.extensions().get::<Self>().and_then(|typed| typed.0.0.borrow().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(fields: &[(&str, &str)]) -> Option<Kept> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Kept::of("/projects/p/dev/api-keys", &fields)
    }

    #[test]
    fn secrets_are_not_kept() {
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        let kept = kept(&[
            ("csrf", "x"),
            ("token", "x"),
            ("password", "x"),
            ("current", "x"),
            ("new", "x"),
            ("code", "x"),
            ("name", "mine"),
            ("note", key),
        ]);
        assert_eq!(kept.unwrap().fields, [("name".to_owned(), "mine".to_owned())]);
    }

    #[test]
    fn nothing_and_too_much_are_not_kept() {
        assert!(kept(&[]).is_none() && kept(&[("name", "  ")]).is_none());
        assert!(kept(&[("name", &"x".repeat(LONGEST))]).is_none());
        // Everything that fits into the largest form fits here.
        let largest = "\u{1}".repeat(body::KEYS_LIMIT.0 / 3 - 10);
        assert!(kept(&[("name", &largest)]).is_some());
        assert!(Kept::of("//evil.example", &[("a".to_owned(), "b".to_owned())]).is_none());
        assert!(Kept::read("no").is_none());
    }

    #[test]
    fn a_form_is_filled_with_what_was_typed_and_no_other_is() {
        let typed = kept(&[
            ("kind", "secret"),
            ("name", "a \"b\" & <c> &lt;"),
            ("scopes", "</textarea>&"),
            ("expires", "30"),
            ("pause", "on"),
        ]);
        let page = "<form action=\"/other\"><input name=name value=old></form>\
            <form action=\"/projects/p/dev/api-keys\"><input type=hidden name=kind value=k>\
            <input name=name value=old><details><textarea name=scopes>old</textarea></details>\
            <select name=expires><option value=\"\" selected>Never<option value=30>30</select>\
            <input type=checkbox name=pause value=on><input type=checkbox name=b value=on checked>\
            <input type=password name=password value=\"\"></form>";
        let filled = typed.unwrap().fill(page).unwrap();
        for (part, there) in [
            ("<form action=\"/other\"><input name=name value=old>", true),
            ("name=kind value=k", true),
            ("value=\"a &quot;b&quot; &amp; <c> &amp;lt;\"", true),
            ("&lt;/textarea&gt;&amp;</textarea>", true),
            ("<details open=\"\">", true),
            ("<option value=\"\">Never", true),
            ("<option value=30 selected=\"\">", true),
            ("name=pause value=on checked=\"\"", true),
            ("name=b value=on>", true),
            ("This was not sent: you were signed out.", true),
            ("value=old>old", false),
        ] {
            assert_eq!(filled.contains(part), there, "{part} in {filled}");
        }
    }
}
