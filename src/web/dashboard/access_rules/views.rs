//! The data that the template shows.

use std::net::IpAddr;

use askama::Template;

use crate::db::EnvironmentId;
use crate::domain::access_rules::{Elsewhere, Group, Operation, Rights, may_be_our_gateway};
use crate::model::PolicyTag;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Field;

#[derive(Template)]
#[template(path = "access_rules/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) environment: String,
    /// The forms send this id, because another environment may have got the name by then.
    pub(crate) environment_id: EnvironmentId,
    /// The address that the form is sent to.
    pub(crate) action: String,
    pub(crate) flash: Option<Flash>,
    /// Peers that sent the original request of a call with a valid key, but are not trusted.
    pub(crate) untrusted: Vec<IpAddr>,
    /// Why the member can't change anything here.
    pub(crate) why: Option<String>,
    pub(crate) fields: Fields,
    pub(crate) keys_only: KeysOnly,
}

impl IndexPage {
    /// Which calls belong to a group.
    fn who(&self, group: &Group) -> &'static str {
        match group {
            Group::Guest => "a publishable key alone",
            Group::User => "a publishable key with a valid access token",
            Group::Admin => "a secret key",
        }
    }

    /// Who may call paths outside the base path.
    fn where_else(&self, elsewhere: &Elsewhere) -> &'static str {
        match elsewhere {
            Elsewhere::Everybody => "Every key",
            Elsewhere::SecretKeys => "Only secret keys without scopes",
            Elsewhere::Nobody => "No key",
        }
    }

    /// Whether the page may propose to trust this address.
    fn may_be_ours(&self, peer: &IpAddr) -> bool {
        may_be_our_gateway(*peer)
    }
}

/// The fields of the form.
pub(crate) struct Fields {
    /// The tag of the policy that the form shows.
    pub(crate) tag: Option<PolicyTag>,
    pub(crate) base_path: Field,
    pub(crate) elsewhere: Elsewhere,
    pub(crate) rights: Rights,
    pub(crate) origins: Field,
    pub(crate) refuse_browsers: bool,
    /// Whether somebody else saved meanwhile.
    pub(crate) stale: bool,
}

impl Fields {
    /// The base path for examples, without the slash at its end.
    fn under(&self) -> &str {
        self.base_path.value.trim_end_matches('/')
    }

    fn allows(&self, group: &Group, operation: &Operation) -> bool {
        self.rights.allow(*group, *operation)
    }
}

/// The form for *Check keys only*.
pub(crate) struct KeysOnly {
    pub(crate) is_on: bool,
    /// The tag of the policy that the form shows.
    pub(crate) tag: Option<PolicyTag>,
    pub(crate) action: String,
    /// Why the member can't change this.
    pub(crate) why: Option<&'static str>,
}

/// The name of a checkbox in the table.
pub(crate) fn right(group: &Group, operation: &Operation) -> String {
    format!("{group}-{operation}")
}

/// The tag of a policy, as the form sends it.
pub(crate) fn tag(tag: &Option<PolicyTag>) -> String {
    tag.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::dashboard::page::chrome::Theme;

    fn page(untrusted: &[&str], why: Option<&str>) -> String {
        let chrome = Chrome {
            title: String::new(),
            theme: Theme::System,
            csrf: String::new(),
            name: String::new(),
            email: String::new(),
            administrator: false,
            project: None,
        };
        let page = IndexPage {
            chrome,
            environment: "dev".to_owned(),
            environment_id: EnvironmentId::of_number(1),
            action: String::new(),
            flash: None,
            untrusted: untrusted.iter().map(|peer| peer.parse().unwrap()).collect(),
            why: why.map(str::to_owned),
            fields: Fields::of(&crate::domain::policies::Current::default()),
            keys_only: KeysOnly { is_on: false, tag: None, action: String::new(), why: None },
        };
        page.render().unwrap()
    }

    #[test]
    fn a_gateway_that_is_not_trusted_is_named_to_those_who_may_edit_rules() {
        let proposed = page(&["10.0.0.5"], None);
        assert!(proposed.contains("--trusted-proxy 10.0.0.5"), "{proposed}");
        assert!(!page(&["10.0.0.5"], Some("You are a viewer.")).contains("10.0.0.5"));
        let public = page(&["203.0.113.7"], None);
        assert!(public.contains("203.0.113.7") && !public.contains("--trusted-proxy"), "{public}");
        assert!(!page(&[], None).contains("trust"));
    }
}
