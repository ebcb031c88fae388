//! What the template shows.

use askama::Template;

use super::filter::{Asked, COMMAND_LINE, Span};
use crate::domain::activity::{self, Action, Entry, SubjectKind};
use crate::domain::environments::Environment;
use crate::domain::users::{self, User};
use crate::web::dashboard::page::chrome::Chrome;
use crate::web::dashboard::page::views::Time;

#[derive(Template)]
#[template(path = "activity/index.html")]
pub(crate) struct IndexPage {
    pub(crate) chrome: Chrome,
    pub(crate) project: String,
    pub(crate) asked: Asked,
    pub(crate) people: Vec<User>,
    /// Who is gone, with the name of then.
    pub(crate) former: Vec<(users::Id, String)>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) rows: Vec<Row>,
    /// The address of the next page.
    pub(crate) older: Option<String>,
    pub(crate) newest: String,
    pub(crate) export: String,
}

impl IndexPage {
    /// Where *Show all* leads to.
    fn all(&self) -> String {
        Asked::everything().address(&self.project, None)
    }

    /// What the filter calls a kind of thing.
    fn label(&self, kind: &SubjectKind) -> &'static str {
        match kind {
            SubjectKind::Key => "Keys",
            SubjectKind::Project => "Settings",
            SubjectKind::Environment => "Environments",
            SubjectKind::User => "Accounts",
            SubjectKind::Member => "Members",
            SubjectKind::Invitation => "Invitations",
        }
    }
}

/// An entry in words: somebody, what they did, to what.
pub(crate) struct Row {
    pub(crate) entry: Entry,
    pub(crate) at: Time,
}

impl Row {
    pub(crate) fn of(entry: Entry) -> Self {
        Self { at: Time::moment(entry.at), entry }
    }

    pub(crate) fn who(&self) -> &str {
        match &self.entry.actor_id {
            Some(_) => &self.entry.actor,
            None if self.entry.actor == activity::COMMAND_LINE => "The command line",
            None => "Somebody",
        }
    }

    /// From where, as far as the reader may know.
    pub(crate) fn from(&self) -> &str {
        match &self.entry.address {
            Some(address) => address,
            None if self.entry.actor == activity::COMMAND_LINE => "this machine",
            None => "",
        }
    }

    /// The environment in which it was done, if that does not stand there anyway.
    pub(crate) fn place(&self) -> Option<&str> {
        let told = self.entry.environment.is_empty()
            || self.entry.subject_kind == SubjectKind::Environment;
        (!told).then_some(&self.entry.environment)
    }

    /// `deleted secret key`
    pub(crate) fn did(&self) -> &'static str {
        let secret = self.entry.mask.starts_with("sk_");
        match (self.entry.action, secret) {
            (Action::KeyCreated, true) => "created secret key",
            (Action::KeyCreated, false) => "created publishable key",
            (Action::KeyDeleted, true) => "deleted secret key",
            (Action::KeyDeleted, false) => "deleted publishable key",
            (Action::ProjectCreated, _) => "created project",
            (Action::ProjectChanged, _) => "changed project",
            (Action::ProjectDeleted, _) => "deleted project",
            (Action::EnvironmentCreated, _) => "added environment",
            (Action::EnvironmentRenamed, _) => "renamed environment",
            (Action::EnvironmentProtected, _) => "protected environment",
            (Action::EnvironmentUnprotected, _) => "ended the protection of environment",
            (Action::EnvironmentDeleted, _) => "deleted environment",
            // At the account, and in no project.
            (Action::UserSignedIn, _) => "signed in",
            (Action::UserSignInRefused, _) => "could not sign in",
            (Action::UserSignedOut, _) => "signed out",
            (Action::UserSessionEnded, _) => "ended sessions",
            (Action::UserNameChanged, _) => "changed the name",
            (Action::UserEmailChanged, _) => "changed the e-mail address",
            (Action::UserEmailAsked, _) => "asked to change the e-mail address",
            (Action::UserEmailCancelled, _) => "cancelled the change of the e-mail address",
            (Action::UserPasswordChanged, _) => "changed the password",
            (Action::UserPasswordReset, _) => "set a new password",
            (Action::UserTwoStepOn, _) => "turned on two-step sign-in",
            (Action::UserTwoStepOff, _) => "turned off two-step sign-in",
            (Action::UserRecoveryCodes, _) => "made new recovery codes",
            (Action::MemberInvited, _) => "invited",
            (Action::InvitationRenewed, _) => "made a new link for",
            (Action::InvitationCancelled, _) => "cancelled the invitation of",
            (Action::MemberJoined, _) => "joined",
            (Action::MemberRoleChanged, _) => "changed the role of",
            (Action::MemberRemoved, _) => "removed",
            (Action::MemberLeft, _) => "left",
            (Action::ProjectHandedOver, _) => "handed over",
            (Action::AccessTokensChanged, _) => "changed access tokens of",
            (Action::AccessRulesChanged, _) => "changed access rules of",
            (Action::CheckKeysOnlyChanged, _) => "changed “Check keys only” of",
            (Action::KeyChanged, _) => "changed key",
            (Action::KeyPaused, _) => "paused key",
            (Action::KeyResumed, _) => "resumed key",
            (Action::KeyRotated, _) => "rotated key",
            (Action::KeyOverlapEnded, _) => "ended the overlap of key",
            (Action::KeysImported, _) => "imported keys into project",
            (Action::KeyLifeChanged, _) => "changed the longest life of secret keys of project",
            (Action::KeyLeaked, _) => "reported a leak of key",
            (Action::PauseLeakedChanged, _) => "changed the handling of leaked keys in",
            (Action::SharedAddressChanged, _) => {
                "changed the environments of the shared address of"
            }
        }
    }

    /// `deleted this key`, where it is clear which.
    pub(crate) fn did_here(&self) -> String {
        let did = self.did();
        let verb = [" secret key", " publishable key", " key"]
            .iter()
            .find_map(|object| did.strip_suffix(object));
        verb.map_or_else(|| did.to_owned(), |verb| format!("{verb} this key"))
    }

    /// Whether the name stands there already, as that of who did it.
    pub(crate) fn is_about_the_actor(&self) -> bool {
        matches!(self.entry.action, Action::MemberJoined | Action::MemberLeft)
    }
}
