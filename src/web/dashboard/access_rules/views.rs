//! What the template shows.

use askama::Template;

use super::super::chrome::Chrome;
use super::super::views::Field;
use crate::db::EnvironmentId;
use crate::domain::access_rules::{Operation, Rights};
use crate::domain::api_keys::Group;
use crate::web::flash::Flash;

/// The page.
#[derive(Template)]
#[template(path = "access_rules/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) environment: String,
    /// Goes along with the form: another environment may have the name by then.
    pub(crate) environment_id: EnvironmentId,
    /// Where the form posts to.
    pub(crate) action: String,
    pub(crate) flash: Option<Flash>,
    /// Why the member can't change anything here.
    pub(crate) why: Option<String>,
    pub(crate) fields: Fields,
}

impl IndexPage {
    /// Who is in a group.
    fn who(&self, group: &Group) -> &'static str {
        match group {
            Group::Guest => "a publishable key alone",
            Group::User => "a publishable key with a good access token",
            Group::Admin => "a secret key",
        }
    }
}

/// The fields of the form.
pub(crate) struct Fields {
    /// The version of the policy that the form shows.
    pub(crate) version: i64,
    pub(crate) base_path: Field,
    pub(crate) rights: Rights,
    pub(crate) origins: Field,
    pub(crate) refuse_browsers: bool,
    /// Whether somebody else saved meanwhile.
    pub(crate) stale: bool,
}

impl Fields {
    /// For examples of paths.
    fn under(&self) -> &str {
        self.base_path.value.trim_end_matches('/')
    }

    fn allows(&self, group: &Group, operation: &Operation) -> bool {
        self.rights.allow(*group, *operation)
    }
}

/// The name of a box in the table.
pub(crate) fn right(group: Group, operation: Operation) -> String {
    format!("{}-{operation}", group.as_str())
}
