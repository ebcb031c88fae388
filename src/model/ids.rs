//! Ids: a prefix that says of what, and a UUIDv7 (RFC 9562) in 32 hex digits.

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use rand::Rng;

/// The UUIDv7 of `now`, in 32 hex digits.
fn uuid(now: NaiveDateTime, rng: &mut impl Rng) -> String {
    let millis = u64::try_from(now.and_utc().timestamp_millis()).unwrap_or(0);
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().simple().to_string()
}

macro_rules! id {
    ($name:ident, $prefix:literal, $of:literal) => {
        #[doc = concat!("The id of ", $of, ": `", $prefix, "` + 32 hex digits.")]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        pub struct $name(String);

        impl $name {
            /// A new id, which sorts after those made in earlier milliseconds.
            pub fn new(now: NaiveDateTime, rng: &mut impl Rng) -> Self {
                Self(format!(concat!($prefix, "{}"), uuid(now, rng)))
            }

            /// The id that `text` spells, if it has the shape of one.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.strip_prefix($prefix)?;
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                (digits.len() == 32 && digits.bytes().all(hex)).then(|| Self(text.to_owned()))
            }

            /// The whole id, prefix included.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Its digits as a number, which is cheaper to keep and to compare.
            pub fn number(&self) -> Option<u128> {
                u128::from_str_radix(self.0.strip_prefix($prefix)?, 16).ok()
            }

            /// The id with this number.
            pub fn of_number(number: u128) -> Self {
                Self(format!(concat!($prefix, "{:032x}"), number))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            String: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                String::from_sql(bytes).map(Self)
            }
        }
    };
}

id!(UserId, "usr_", "a user");
id!(ProjectId, "prj_", "a project");
id!(EnvironmentId, "env_", "an environment");
id!(KeyId, "key_", "an API key");
id!(ActivityId, "act_", "an entry of the activity");
id!(InvitationId, "inv_", "an invitation");

/// An enum that is stored as one of a few words; `parse` and `as_str` are the same words
/// everywhere: database, URLs, headers, command line.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one with this word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let word = String::from_sql(bytes)?;
                Self::parse(&word).ok_or_else(|| format!(concat!("not a ", stringify!($name), ": {}"), word).into())
            }
        }
    };
}

pub(super) use words;

words! {
    /// What a key may be used for.
    Kind {
        /// Client-side, limited permissions: `pk_`.
        Publishable = "publishable",
        /// Server-side only, full permissions: `sk_`.
        Secret = "secret",
    }
}

words! {
    /// What a member may do in a project.
    Role {
        /// Everything; a project always has one.
        Owner = "owner",
        /// All but deleting or handing over the project.
        Admin = "admin",
        /// Keys and environments, where they are not protected.
        Member = "member",
        /// Looks on.
        Viewer = "viewer",
    }
}

words! {
    /// What was done.
    Action {
        /// A key was issued.
        KeyCreated = "key.created",
        /// A key was deleted.
        KeyDeleted = "key.deleted",
        /// A project was made.
        ProjectCreated = "project.created",
        /// A project got another name or description.
        ProjectChanged = "project.changed",
        /// A project was deleted, with all its keys.
        ProjectDeleted = "project.deleted",
        /// An environment was added.
        EnvironmentCreated = "environment.created",
        /// An environment got another name.
        EnvironmentRenamed = "environment.renamed",
        /// From then on only owners and admins may change its keys.
        EnvironmentProtected = "environment.protected",
        /// From then on members may change its keys, too.
        EnvironmentUnprotected = "environment.unprotected",
        /// An environment was deleted, with its keys.
        EnvironmentDeleted = "environment.deleted",
        /// Somebody signed in.
        UserSignedIn = "user.signed-in",
        /// The password or the code was wrong.
        UserSignInRefused = "user.sign-in-refused",
        /// Somebody signed out.
        UserSignedOut = "user.signed-out",
        /// Somebody ended their other sessions, or one of them.
        UserSessionEnded = "user.session-ended",
        /// Another name.
        UserNameChanged = "user.name-changed",
        /// Another e-mail address.
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
        /// Somebody was invited.
        MemberInvited = "member.invited",
        /// An invitation got a new link.
        InvitationRenewed = "invitation.renewed",
        /// An invitation was cancelled.
        InvitationCancelled = "invitation.cancelled",
        /// Somebody who was invited came.
        MemberJoined = "member.joined",
        /// A member got another role.
        MemberRoleChanged = "member.role_changed",
        /// A member was removed.
        MemberRemoved = "member.removed",
        /// A member left.
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

words! {
    /// What it was done to.
    SubjectKind {
        /// An API key.
        Key = "key",
        /// A project.
        Project = "project",
        /// An environment.
        Environment = "environment",
        /// Somebody's account: outside all projects.
        User = "user",
        /// A member of a project.
        Member = "member",
        /// An invitation to a project.
        Invitation = "invitation",
    }
}

words! {
    /// What a call comes from.
    #[derive(PartialOrd, Ord)]
    PlaceKind {
        /// The address of the client.
        Address = "address",
        /// The `Origin` that a browser sends.
        Origin = "origin",
    }
}

words! {
    /// Why a call with a key was refused, as it is counted.
    #[derive(PartialOrd, Ord)]
    RefusalReason {
        /// The key is deleted.
        Deleted = "deleted",
        /// This value of it was replaced.
        Rotated = "rotated",
        /// Its time is over.
        Expired = "expired",
        /// It is paused.
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

words! {
    /// How an invitation ended.
    Ended {
        /// Somebody joined with it.
        Used = "used",
        /// There is a newer link.
        Replaced = "replaced",
        /// It was taken back.
        Cancelled = "cancelled",
    }
}

words! {
    /// Whether the link of an invitation was sent by e-mail.
    Mail {
        /// It is not meant to be.
        None = "none",
        /// Not yet, or it failed.
        Unsent = "unsent",
        /// A mail server has taken it.
        Sent = "sent",
    }
}

words! {
    /// What the list of keys can be narrowed to.
    KeyStatus {
        /// Good, for now.
        Active = "active",
        /// Good, for two more weeks at the most.
        Expiring = "expiring",
        /// Not good any more.
        Expired = "expired",
        /// Not good for now.
        Paused = "paused",
        /// Not used for 30 days.
        Unused30 = "unused-30",
        /// Not used for 90 days.
        Unused90 = "unused-90",
        /// Somebody else has seen its full text.
        Leaked = "leaked",
    }
}

words! {
    /// In which order the list of keys stands.
    #[derive(Default)]
    KeySort {
        /// The newest first.
        #[default]
        Newest = "newest",
        /// By their names.
        Name = "name",
        /// What was used last first.
        LastUsed = "last-used",
    }
}
