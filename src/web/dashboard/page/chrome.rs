//! The chrome around every page: top bar, switchers, sidebar, theme.

use actix_web::HttpRequest;

use crate::domain::environments::Environment;
use crate::domain::members::Role;
use crate::domain::projects::Project;
use crate::model::words;
use crate::web::dashboard::http::last_seen;
use crate::web::dashboard::http::{CurrentUser, EnvironmentAccess, ProjectAccess, cookie_of};
use crate::web::dashboard::page::views::Time;
use crate::web::paths;

words! {
    /// The theme that the reader chose.
    #[derive(Default)]
    pub(crate) enum Theme {
        Light = "light",
        Dark = "dark",
        #[default]
        System = "system",
    }
}

impl Theme {
    pub(crate) const COOKIE: &str = "keyrack-theme";

    pub(crate) fn of(request: &HttpRequest) -> Self {
        cookie_of(request, Self::COOKIE).and_then(|word| Self::parse(&word)).unwrap_or_default()
    }

    /// `sun`, `moon` or `monitor`.
    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::Light => "sun",
            Self::Dark => "moon",
            Self::System => "monitor",
        }
    }

    /// `Light`, `Dark` or `System`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::System => "System",
        }
    }
}

/// The page of a project that its address asks for.
pub(crate) const SAME_PAGE: &str = "page";

/// The chrome of pages without a user, such as sign-in and error pages.
pub(crate) struct Bare {
    pub(crate) title: String,
    pub(crate) theme: Theme,
}

/// The chrome of pages for somebody who is signed in.
pub(crate) struct Chrome {
    pub(crate) title: String,
    pub(crate) theme: Theme,
    pub(crate) csrf: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// Whether the reader runs the instance.
    pub(crate) administrator: bool,
    pub(crate) project: Option<ProjectChrome>,
}

/// The chrome of pages of a project.
pub(crate) struct ProjectChrome {
    pub(crate) project: Project,
    pub(crate) section: Section,
    /// All projects of the user, for the switcher.
    pub(crate) projects: Vec<(Project, Role)>,
    /// The environment of the page, if it has one.
    pub(crate) environment: Option<Environment>,
    pub(crate) environments: Vec<Environment>,
    /// The environment that was seen last, which *API Keys* in the sidebar leads to.
    pub(crate) keys_environment: String,
    /// An administrator wants to hand the project over: who becomes its owner, who asked, when.
    pub(crate) hand_over: Option<(String, String, Time)>,
}

words! {
    /// An entry of the sidebar.
    pub(crate) enum Section {
        Overview = "overview",
        Environments = "environments",
        ApiKeys = "api-keys",
        AccessTokens = "access-tokens",
        AccessRules = "access-rules",
        Protect = "protect",
        Activity = "activity",
        Team = "team",
        Settings = "settings",
    }
}

impl Section {
    /// The address of its page. Some belong to an environment.
    pub(crate) fn address(self, project: &str, environment: &str) -> String {
        match self {
            Self::Overview => paths::project(project),
            Self::Environments => paths::environments(project),
            Self::ApiKeys => paths::api_keys(project, environment),
            Self::AccessTokens => paths::access_tokens(project, environment),
            Self::AccessRules => paths::access_rules(project, environment),
            Self::Protect => paths::protect(project, environment),
            Self::Activity => paths::activity(project),
            Self::Team => paths::team(project),
            Self::Settings => paths::settings(project),
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Overview => "layout-dashboard",
            Self::Environments => "git-branch",
            Self::ApiKeys => "key-round",
            Self::AccessTokens => "user",
            Self::AccessRules => "lock",
            Self::Protect => "code-xml",
            Self::Activity => "activity",
            Self::Team => "users",
            Self::Settings => "settings",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Overview => "Project Overview",
            Self::Environments => "Environments",
            Self::ApiKeys => "API Keys",
            Self::AccessTokens => "Access Tokens",
            Self::AccessRules => "Access Rules",
            Self::Protect => "Protect your API",
            Self::Activity => "Activity",
            Self::Team => "Team",
            Self::Settings => "Project Settings",
        }
    }

    fn is_of_an_environment(self) -> bool {
        matches!(self, Self::ApiKeys | Self::AccessTokens | Self::AccessRules | Self::Protect)
    }
}

impl Chrome {
    /// The chrome of a page that belongs to no project.
    pub(crate) fn plain(title: &str, user: &CurrentUser, request: &HttpRequest) -> Self {
        Self {
            title: title.to_owned(),
            theme: Theme::of(request),
            csrf: user.csrf.clone(),
            name: user.user.name.clone(),
            email: user.user.email.clone(),
            administrator: user.user.administrator,
            project: None,
        }
    }

    /// The chrome of a page of a project.
    pub(crate) fn of_project(
        title: &str,
        section: Section,
        access: &ProjectAccess,
        request: &HttpRequest,
    ) -> Self {
        let last = last_seen::of(request)
            .and_then(|(slug, name)| (slug == access.project.slug).then_some(name));
        let seen =
            access.environments.iter().find(|environment| last.as_ref() == Some(&environment.name));
        let keys_environment = seen
            .or(access.environments.first())
            .map(|environment| environment.name.clone())
            .unwrap_or_default();
        Self {
            title: format!("{title} · {}", access.project.name),
            project: Some(ProjectChrome {
                project: access.project.clone(),
                section,
                projects: access.projects.clone(),
                environment: None,
                environments: access.environments.clone(),
                keys_environment,
                hand_over: access.hand_over.as_ref().map(|pending| {
                    (pending.to.clone(), pending.by.clone(), Time::moment(pending.due_at))
                }),
            }),
            ..Self::plain("", &access.user, request)
        }
    }

    /// The chrome of a page of an environment.
    pub(crate) fn of_environment(
        title: &str,
        section: Section,
        access: &EnvironmentAccess,
        request: &HttpRequest,
    ) -> Self {
        let environment = &access.environment;
        let mut chrome = Self::of_project(
            &format!("{title} · {}", environment.name),
            section,
            &access.project,
            request,
        );
        if let Some(project) = &mut chrome.project {
            project.keys_environment.clone_from(&environment.name);
            project.environment = Some(environment.clone());
        }
        chrome
    }

    pub(crate) fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// The first letters of the first and the last word of a name.
pub(crate) fn initials(name: &str) -> String {
    let first = |word: &str| word.chars().next();
    let mut words = name.split_whitespace();
    let initials = [words.next().and_then(first), words.next_back().and_then(first)];
    initials.into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// An entry of the sidebar: where it leads to, and what it looks like.
pub(crate) struct SidebarLink {
    pub(crate) section: Section,
    pub(crate) address: String,
    pub(crate) icon: &'static str,
    pub(crate) text: &'static str,
}

impl ProjectChrome {
    pub(crate) fn sidebar(&self) -> impl Iterator<Item = SidebarLink> {
        Section::ALL.into_iter().map(|section| SidebarLink {
            section,
            address: section.address(&self.project.slug, &self.keys_environment),
            icon: section.icon(),
            text: section.text(),
        })
    }

    /// The address in the environment switcher: the same page of another environment.
    pub(crate) fn switch_to(&self, environment: &Environment) -> String {
        let here = self.section;
        let section = if here.is_of_an_environment() { here } else { Section::ApiKeys };
        section.address(&self.project.slug, &environment.name)
    }

    /// The address in the project switcher: the same page of another project.
    pub(crate) fn go_to(&self, project: &Project) -> String {
        let section = self.section;
        if section.is_of_an_environment() {
            // The environments of that project are not known here, so its overview leads on to the
            // page.
            let (project, environment) = (paths::project(&project.slug), &self.keys_environment);
            format!("{project}?{SAME_PAGE}={section}&environment={environment}")
        } else {
            section.address(&project.slug, "")
        }
    }
}
