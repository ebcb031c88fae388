//! The words that are stored, apart from those that have a file of their own.

use super::words::stored_words;

stored_words! {
    /// What a key may be used for.
    pub enum Kind {
        /// Client-side, limited permissions: `pk_`.
        Publishable = "publishable",
        /// Server-side only, full permissions: `sk_`.
        Secret = "secret",
    }
}

stored_words! {
    /// What a member may do in a project.
    pub enum Role {
        /// Everything; a project always has one.
        Owner = "owner",
        /// All but deleting or handing over the project.
        Admin = "admin",
        /// Keys and environments, where they are not protected.
        Member = "member",
        Viewer = "viewer",
    }
}

stored_words! {
    pub enum Action {
        KeyCreated = "key.created",
        KeyDeleted = "key.deleted",
        ProjectCreated = "project.created",
        /// A project got another name or description.
        ProjectChanged = "project.changed",
        /// A project was deleted, with all its keys.
        ProjectDeleted = "project.deleted",
        EnvironmentCreated = "environment.created",
        /// An environment got another name.
        EnvironmentRenamed = "environment.renamed",
        /// From then on only owners and admins may change its keys.
        EnvironmentProtected = "environment.protected",
        /// From then on members may change its keys, too.
        EnvironmentUnprotected = "environment.unprotected",
        /// An environment was deleted, with its keys.
        EnvironmentDeleted = "environment.deleted",
        UserSignedIn = "user.signed-in",
        /// The password or the code was wrong.
        UserSignInRefused = "user.sign-in-refused",
        UserSignedOut = "user.signed-out",
        /// Somebody ended their other sessions, or one of them.
        UserSessionEnded = "user.session-ended",
        UserNameChanged = "user.name-changed",
        UserEmailChanged = "user.email-changed",
        /// A link was sent to another e-mail address, which counts once it is followed.
        UserEmailAsked = "user.email-asked",
        /// The link is of no use any more.
        UserEmailCancelled = "user.email-cancelled",
        /// Another password, by its owner.
        UserPasswordChanged = "user.password-changed",
        /// Another password, by the administrator of the machine.
        UserPasswordReset = "user.password-reset",
        /// From now on a code is asked for.
        UserTwoStepOn = "user.two-step-on",
        /// No code is asked for any more.
        UserTwoStepOff = "user.two-step-off",
        /// New recovery codes in place of the old ones.
        UserRecoveryCodes = "user.recovery-codes",
        MemberInvited = "member.invited",
        /// An invitation got a new link.
        InvitationRenewed = "invitation.renewed",
        InvitationCancelled = "invitation.cancelled",
        /// Somebody who was invited came.
        MemberJoined = "member.joined",
        /// A member got another role.
        MemberRoleChanged = "member.role_changed",
        MemberRemoved = "member.removed",
        MemberLeft = "member.left",
        /// Somebody else became the owner.
        ProjectHandedOver = "project.handed_over",
        /// How access tokens are checked was changed.
        AccessTokensChanged = "access_tokens.changed",
        /// What calls may do, and from where, was changed.
        AccessRulesChanged = "access_rules.changed",
        /// Whether only keys are checked, while the original request is not known, was changed.
        CheckKeysOnlyChanged = "check_keys_only.changed",
        /// A key got another name or note.
        KeyChanged = "key.changed",
        /// A key is refused until it is resumed.
        KeyPaused = "key.paused",
        /// A key is good again.
        KeyResumed = "key.resumed",
        /// A key got a new value.
        KeyRotated = "key.rotated",
        /// The value that a rotation replaced is refused.
        KeyOverlapEnded = "key.overlap_ended",
        /// Keys of another system were added.
        KeysImported = "keys.imported",
        /// The longest life of secret keys was changed.
        KeyLifeChanged = "project.key_life_changed",
        /// Somebody found the full text of a key where it does not belong.
        KeyLeaked = "key.leaked",
        /// What becomes of leaked keys was changed.
        PauseLeakedChanged = "project.pause_leaked_changed",
        /// Which environments the shared address means was changed.
        SharedAddressChanged = "project.shared_address_changed",
    }
}

stored_words! {
    /// What it was done to.
    pub enum SubjectKind {
        Key = "key",
        Project = "project",
        Environment = "environment",
        /// Somebody's account: outside all projects.
        User = "user",
        /// A member of a project.
        Member = "member",
        /// An invitation to a project.
        Invitation = "invitation",
    }
}

stored_words! {
    /// What a call comes from.
    #[derive(PartialOrd, Ord)]
    pub enum PlaceKind {
        /// The address of the client.
        Address = "address",
        /// The `Origin` that a browser sends.
        Origin = "origin",
    }
}

stored_words! {
    /// Why a call with a key was refused, as it is counted.
    #[derive(PartialOrd, Ord)]
    pub enum RefusalReason {
        Deleted = "deleted",
        /// This value of it was replaced.
        Rotated = "rotated",
        Expired = "expired",
        Paused = "paused",
        /// It was used in another environment of its project.
        OtherEnvironment = "other-environment",
        /// It was used in another project.
        OtherProject = "other-project",
        /// It may not be used from that address.
        Address = "address",
        /// It may not be used from that website.
        Origin = "origin",
        /// A browser sent it, and it is secret.
        Browser = "browser",
        /// A bad access token came with it.
        Token = "token",
        /// Its scopes do not allow the call.
        Scope = "scope",
        /// Its group may not make the call.
        Right = "right",
        /// Nobody can say what the call would do.
        Request = "request",
        /// It is used too often.
        Rate = "rate",
    }
}

stored_words! {
    pub enum Ended {
        Used = "used",
        /// There is a newer link.
        Replaced = "replaced",
        Cancelled = "cancelled",
    }
}

stored_words! {
    /// Whether the link of an invitation was sent by e-mail.
    pub enum Mail {
        /// It is not meant to be.
        None = "none",
        /// Not yet, or it failed.
        Unsent = "unsent",
        /// A mail server has taken it.
        Sent = "sent",
    }
}
