//! Enums that are stored in the database as words. (A few others stand in files of their own.)

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
        /// Everything. A project always has an owner.
        Owner = "owner",
        /// Everything except deleting the project or handing it over.
        Admin = "admin",
        /// Adds environments, and changes keys in those that are not protected.
        Member = "member",
        Viewer = "viewer",
    }
}

stored_words! {
    pub enum Action {
        KeyCreated = "key.created",
        KeyDeleted = "key.deleted",
        ProjectCreated = "project.created",
        /// The name or the description of a project was changed.
        ProjectChanged = "project.changed",
        /// A project was deleted, and all its keys with it.
        ProjectDeleted = "project.deleted",
        EnvironmentCreated = "environment.created",
        /// An environment was renamed.
        EnvironmentRenamed = "environment.renamed",
        /// Since then only owners and admins may change the environment's keys.
        EnvironmentProtected = "environment.protected",
        /// Since then members may change the environment's keys, too.
        EnvironmentUnprotected = "environment.unprotected",
        /// An environment was deleted, and its keys with it.
        EnvironmentDeleted = "environment.deleted",
        UserSignedIn = "user.signed-in",
        /// The password or the code was wrong.
        UserSignInRefused = "user.sign-in-refused",
        UserSignedOut = "user.signed-out",
        /// Somebody ended their other sessions, or one of them.
        UserSessionEnded = "user.session-ended",
        UserNameChanged = "user.name-changed",
        UserEmailChanged = "user.email-changed",
        /// A link was sent to a new e-mail address, which takes effect when the link is followed.
        UserEmailAsked = "user.email-asked",
        /// That link was cancelled.
        UserEmailCancelled = "user.email-cancelled",
        /// The user changed their own password.
        UserPasswordChanged = "user.password-changed",
        /// Somebody with access to the command line set a new password.
        UserPasswordReset = "user.password-reset",
        /// Since then signing in asks for a code.
        UserTwoStepOn = "user.two-step-on",
        /// Since then signing in asks for no code.
        UserTwoStepOff = "user.two-step-off",
        /// New recovery codes replaced the old ones.
        UserRecoveryCodes = "user.recovery-codes",
        UserDisabled = "user.disabled",
        UserEnabled = "user.enabled",
        /// Name, e-mail address and password are gone.
        UserDeleted = "user.deleted",
        /// Since then the user runs the instance.
        UserPromoted = "user.promoted",
        UserDemoted = "user.demoted",
        /// The settings of the instance were changed.
        InstanceChanged = "instance.changed",
        MemberInvited = "member.invited",
        /// A pending invitation got a new link.
        InvitationRenewed = "invitation.renewed",
        InvitationCancelled = "invitation.cancelled",
        /// Somebody accepted an invitation.
        MemberJoined = "member.joined",
        MemberAdded = "member.added",
        /// The role of a member was changed.
        MemberRoleChanged = "member.role_changed",
        MemberRemoved = "member.removed",
        MemberLeft = "member.left",
        /// An owner made another member the owner.
        ProjectHandedOver = "project.handed_over",
        /// An administrator asked for that, because no owner can sign in.
        HandOverAsked = "project.hand_over_asked",
        HandOverStopped = "project.hand_over_stopped",
        /// The settings for checking access tokens were changed.
        AccessTokensChanged = "access_tokens.changed",
        /// The access rules of an environment were changed.
        AccessRulesChanged = "access_rules.changed",
        /// *Check keys only* was turned on or off.
        CheckKeysOnlyChanged = "check_keys_only.changed",
        /// The name or the note of a key was changed.
        KeyChanged = "key.changed",
        /// What a key may do, from where, how often or until when was changed.
        KeyRestricted = "key.restricted",
        /// A key is refused until it is resumed.
        KeyPaused = "key.paused",
        /// A paused key works again.
        KeyResumed = "key.resumed",
        /// A rotation gave a key a new value.
        KeyRotated = "key.rotated",
        /// Somebody ended an overlap, so that the former value is refused.
        KeyOverlapEnded = "key.overlap_ended",
        /// Keys from another system were imported.
        KeysImported = "keys.imported",
        /// The longest life of new secret keys was changed.
        KeyLifeChanged = "project.key_life_changed",
        /// Somebody reported that they found the full text of a key.
        KeyLeaked = "key.leaked",
        /// The setting that pauses leaked keys was changed.
        PauseLeakedChanged = "project.pause_leaked_changed",
        /// The environments that the shared address (`*`) stands for were changed.
        SharedAddressChanged = "project.shared_address_changed",
    }
}

stored_words! {
    /// The kind of thing that an activity is about.
    pub enum SubjectKind {
        Key = "key",
        Project = "project",
        Environment = "environment",
        /// A user account. It belongs to no project.
        User = "user",
        /// A member of a project.
        Member = "member",
        /// This Keyrack itself. It belongs to no project.
        Instance = "instance",
        /// An invitation to a project.
        Invitation = "invitation",
    }
}

stored_words! {
    /// The kinds of places by which calls are counted.
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
        /// A rotation replaced this value, and its overlap is over.
        Rotated = "rotated",
        Expired = "expired",
        Paused = "paused",
        /// The gateway asked for another environment of the key's project.
        OtherEnvironment = "other-environment",
        /// The gateway asked for another project.
        OtherProject = "other-project",
        /// The client's address is in none of the key's ranges.
        Address = "address",
        /// The `Origin` is not on the environment's list.
        Origin = "origin",
        /// It is a secret key, and a browser sent it.
        Browser = "browser",
        /// The access token that came with the key was not good.
        Token = "token",
        /// The scopes of the key do not allow the call.
        Scope = "scope",
        /// The access rules do not allow the call's group to make it.
        Right = "right",
        /// The original request is not known or not clear.
        Request = "request",
        /// The key is over its rate limit.
        Rate = "rate",
    }
}

stored_words! {
    pub enum Ended {
        Used = "used",
        /// A newer link took its place.
        Replaced = "replaced",
        Cancelled = "cancelled",
    }
}

stored_words! {
    /// Whether the link of an invitation was sent by e-mail.
    pub enum Mail {
        /// It is to be handed over in another way.
        None = "none",
        /// It is to be sent, and was not yet, or sending it failed.
        Unsent = "unsent",
        /// A mail server accepted it.
        Sent = "sent",
    }
}
