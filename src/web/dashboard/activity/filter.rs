//! The filters of the activity: reads them from an address, and writes them into one.

use actix_web::HttpRequest;
use chrono::TimeDelta;

use crate::domain::activity::{self, Filter, SubjectKind};
use crate::domain::api_keys::Search;
use crate::domain::environments::{self, Environment};
use crate::domain::users;
use crate::model::words;
use crate::web::dashboard::http::query::Query;
use crate::web::dashboard::http::{Error, ProjectAccess};
use crate::web::{State, paths};

words! {
    /// How far back the list goes.
    #[derive(Default)]
    pub(crate) enum Span {
        #[default]
        Month = "30-days",
        Day = "24-hours",
        Week = "7-days",
        Always = "always",
    }
}

impl Span {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
            Self::Always => "All time",
        }
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

/// The word for the command line in place of a user's id.
pub(crate) const COMMAND_LINE: &str = "command-line";

/// The filters in an address. An unknown word filters nothing. A person or environment that does
/// not exist matches nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) person: String,
    pub(crate) kind: Option<SubjectKind>,
    pub(crate) environment: String,
    pub(crate) span: Span,
    pub(crate) search: Search,
    /// The id of one subject, for the history of a key.
    pub(crate) subject: String,
    pub(crate) before: Option<activity::Id>,
}

impl Asked {
    /// No filters at all.
    pub(crate) fn everything() -> Self {
        Self { span: Span::Always, ..Self::default() }
    }

    /// Whether anything but the time narrows the list.
    fn is_filtered(&self) -> bool {
        let texts = [&self.person, &self.environment, &self.subject, self.search.as_str()];
        texts.iter().any(|text| !text.is_empty()) || self.kind.is_some()
    }

    /// Whether the list has every entry.
    pub(crate) fn is_everything(&self) -> bool {
        !self.is_filtered() && self.span == Span::Always
    }

    /// The heading of the list.
    pub(crate) fn heading(&self) -> &'static str {
        match self.span {
            _ if !self.subject.is_empty() => "History of one key",
            _ if self.is_filtered() => "Filtered activity",
            Span::Day => "The last 24 hours",
            Span::Week => "The last 7 days",
            Span::Month => "The last 30 days",
            Span::Always => "Everything in this project",
        }
    }

    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Error> {
        Ok(Self::read(Query::of(request)?.into_fields()))
    }

    pub(crate) fn read(fields: impl Iterator<Item = (impl AsRef<str>, String)>) -> Self {
        let mut asked = Self::default();
        for (name, value) in fields {
            match name.as_ref() {
                "person" if value == COMMAND_LINE || users::Id::parse(&value).is_some() => {
                    asked.person = value
                }
                "what" => asked.kind = SubjectKind::parse(&value),
                "environment" => asked.environment = value,
                "time" => asked.span = Span::parse(&value).unwrap_or_default(),
                "q" => asked.search = Search::parse(&value),
                "subject" if value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                    asked.subject = value
                }
                "before" => asked.before = activity::Id::parse(&value),
                _ => {}
            }
        }
        asked
    }

    /// The filter for the database. `None` if there is no such environment, so that nothing can
    /// match. A former name of an environment is replaced by its present one.
    pub(crate) async fn filter(
        &mut self,
        access: &ProjectAccess,
        state: &State,
    ) -> Result<Option<Filter>, Error> {
        let mut environment = None;
        if !self.environment.is_empty() {
            let Some(found) = self.find_environment(access, state).await? else { return Ok(None) };
            self.environment = found.name;
            environment = Some(found.id);
        }
        Ok(Some(Filter {
            actor: match self.person.as_str() {
                COMMAND_LINE => Some(None),
                person => users::Id::parse(person).map(Some),
            },
            kind: self.kind,
            environment,
            subject_id: (!self.subject.is_empty()).then(|| self.subject.clone()),
            from: self.span.days().map(|days| state.clock.now() - TimeDelta::days(days)),
            prefix: self.search.prefix(),
        }))
    }

    /// The environment with this name, or the one that had it before, because of old links.
    async fn find_environment(
        &self,
        access: &ProjectAccess,
        state: &State,
    ) -> Result<Option<Environment>, Error> {
        if let Some(environment) =
            access.environments.iter().find(|environment| environment.name == self.environment)
        {
            return Ok(Some(environment.clone()));
        }
        let (project, name) = (access.project.id.clone(), self.environment.clone());
        Ok(state.db.read(move |c| environments::called_before(c, &project, &name)).await?)
    }

    /// The query with the same filters, for another page of the list or for the file.
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
