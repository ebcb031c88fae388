//! What the address asks for, and the address that asks for it.

use actix_web::HttpRequest;
use chrono::{NaiveDateTime, TimeDelta};

use super::super::Error;
use super::super::extract::ProjectAccess;
use crate::domain::activity::{self, Filter, SubjectKind};
use crate::domain::api_keys::Search;
use crate::domain::users;
use crate::web::paths;
use crate::web::query::Query;

/// How far back to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Span {
    Day,
    Week,
    #[default]
    Month,
    Always,
}

impl Span {
    pub(crate) const ALL: [Self; 4] = [Self::Month, Self::Day, Self::Week, Self::Always];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24-hours",
            Self::Week => "7-days",
            Self::Month => "30-days",
            Self::Always => "always",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
            Self::Always => "Always",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.as_str() == word)
    }

    fn days(self) -> Option<i64> {
        match self {
            Self::Day => Some(1),
            Self::Week => Some(7),
            Self::Month => Some(30),
            Self::Always => None,
        }
    }
}

/// The word for the command line where an id of a user would stand.
pub(crate) const COMMAND_LINE: &str = "command-line";

/// What the address asks for. A value that does not exist asks for everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) person: String,
    pub(crate) kind: Option<SubjectKind>,
    pub(crate) environment: String,
    pub(crate) span: Span,
    pub(crate) search: Search,
    /// One thing only: the history of a key.
    pub(crate) subject: String,
    pub(crate) before: Option<activity::Id>,
}

impl Asked {
    /// Whether less is shown than at first.
    pub(crate) fn is_filtered(&self) -> bool {
        let texts = [&self.person, &self.environment, &self.subject, self.search.as_str()];
        texts.iter().any(|text| !text.is_empty()) || self.kind.is_some() || self.span != Span::default()
    }

    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Error> {
        Ok(Self::read(Query::of(request)?.into_fields()))
    }

    pub(crate) fn read(fields: impl Iterator<Item = (impl AsRef<str>, String)>) -> Self {
        let mut asked = Self::default();
        for (name, value) in fields {
            match name.as_ref() {
                "person" if value == COMMAND_LINE || users::Id::parse(&value).is_some() => asked.person = value,
                "what" => asked.kind = SubjectKind::parse(&value),
                "environment" => asked.environment = value,
                "time" => asked.span = Span::parse(&value).unwrap_or_default(),
                "q" => asked.search = Search::parse(&value),
                "subject" if value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => asked.subject = value,
                "before" => asked.before = activity::Id::parse(&value),
                _ => {}
            }
        }
        asked
    }

    /// For the database.
    pub(crate) fn filter(&self, access: &ProjectAccess, now: NaiveDateTime) -> Filter {
        let environment = access.environments.iter().find(|environment| environment.name == self.environment);
        Filter {
            actor: match self.person.as_str() {
                COMMAND_LINE => Some(None),
                person => users::Id::parse(person).map(Some),
            },
            kind: self.kind,
            environment: environment.map(|environment| environment.id.clone()),
            subject_id: (!self.subject.is_empty()).then(|| self.subject.clone()),
            from: self.span.days().map(|days| now - TimeDelta::days(days)),
            prefix: self.search.prefix(),
        }
    }

    /// The same, on another page of the list, or as a file.
    pub(crate) fn query(&self, before: Option<&activity::Id>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        add("person", &self.person);
        add("what", self.kind.map_or("", SubjectKind::as_str));
        add("environment", &self.environment);
        add("time", if self.span == Span::default() { "" } else { self.span.as_str() });
        add("q", self.search.as_str());
        add("subject", &self.subject);
        add("before", before.map_or("", |before| before.as_str()));
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    pub(crate) fn address(&self, project: &str, before: Option<&activity::Id>) -> String {
        format!("{}{}", paths::activity(project), self.query(before))
    }
}
