//! An entry in words: somebody, what they did, to what.

use super::{Action, ActivityEntry, COMMAND_LINE};

/// Who did it. Of somebody who ran the command line it is told what they said who they are, and that
/// it is only said.
pub fn who(entry: &ActivityEntry) -> String {
    match (&entry.actor_id, &entry.says) {
        (Some(_), _) => entry.actor.clone(),
        (None, Some(name)) => format!("The command line, says {name}"),
        (None, None) if entry.actor == COMMAND_LINE => "The command line".to_owned(),
        (None, None) => "Somebody".to_owned(),
    }
}

/// `deleted secret key`
pub fn did(entry: &ActivityEntry) -> &'static str {
    let secret = entry.mask.starts_with("sk_");
    match (entry.action, secret) {
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
        (Action::UserDisabled, _) => "disabled the account of",
        (Action::UserEnabled, _) => "enabled the account of",
        (Action::UserDeleted, _) => "deleted the account of",
        (Action::UserPromoted, _) => "made an administrator of",
        (Action::UserDemoted, _) => "took the administration from",
        (Action::InstanceChanged, _) => "changed the settings of this Keyrack",
        (Action::MemberInvited, _) => "invited",
        (Action::InvitationRenewed, _) => "made a new link for",
        (Action::InvitationCancelled, _) => "cancelled the invitation of",
        (Action::MemberJoined, _) => "joined",
        (Action::MemberAdded, _) => "added",
        (Action::MemberRoleChanged, _) => "changed the role of",
        (Action::MemberRemoved, _) => "removed",
        (Action::MemberLeft, _) => "left",
        (Action::ProjectHandedOver, _) => "handed over",
        (Action::HandOverAsked, _) => "asked to hand over",
        (Action::HandOverStopped, _) => "stopped the hand-over of",
        (Action::AccessTokensChanged, _) => "changed access tokens of",
        (Action::AccessRulesChanged, _) => "changed access rules of",
        (Action::CheckKeysOnlyChanged, _) => "changed “Check keys only” of",
        (Action::KeyChanged, _) => "changed key",
        (Action::KeyRestricted, _) => "changed the limits of key",
        (Action::KeyPaused, _) => "paused key",
        (Action::KeyResumed, _) => "resumed key",
        (Action::KeyRotated, _) => "rotated key",
        (Action::KeyOverlapEnded, _) => "ended the overlap of key",
        (Action::KeysImported, _) => "imported keys into project",
        (Action::KeyLifeChanged, _) => "changed the longest life of secret keys of project",
        (Action::KeyLeaked, _) => "reported a leak of key",
        (Action::PauseLeakedChanged, _) => "changed the handling of leaked keys in",
        (Action::SharedAddressChanged, _) => "changed the environments of the shared address of",
    }
}
