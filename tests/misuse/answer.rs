//! The answers to somebody who misuses Keyrack.

/// One attempt: a description for the message of a failure, and the result.
pub struct Tried {
    pub case: String,
    pub got: Got,
}

pub enum Got {
    /// The verifier's answer.
    Verified {
        status: u16,
        error: String,
        message: String,
        /// The key was accepted with its own identity, in its own environment.
        is_own: bool,
        /// The key is of the environment that the API takes keys of.
        of_this_api: bool,
        /// The name of the environment that the key is of.
        key_of: String,
        /// The API is of the project that the key is of.
        same_project: bool,
        /// The same bytes as for a key that nobody has.
        is_nobodys: bool,
    },
    /// The dashboard's answer.
    Page {
        status: u16,
        /// To the sign-in.
        to_sign_in: bool,
        /// The same as of a project that does not exist.
        as_unknown: bool,
    },
}

/// The promise in a cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// They have nothing to try it with.
    Nothing,
    /// 401: which environment the key is of, and of which ones the API takes keys.
    OtherEnvironment,
    /// 401, byte for byte as for a key that nobody has.
    Nobodys,
    /// One of these two: the first for an API of the key's own project, the second for the rest.
    Boundary,
    /// 403: the gateway asks for something that does not exist.
    NotThere,
    /// 404: the answer says what the gateway's file should contain.
    HowToAsk,
    /// 403: the answer says that the key is good, and what is missing.
    KeyIsGood,
    /// 403 for what the call does, or because nobody knows what it does.
    Forbidden,
    /// 503
    Unavailable,
    /// Refused, for whatever reason.
    Refused,
    /// The client can choose, or the file names the keys of another API. At most, a key is accepted
    /// as what it is. `X-Project-Id` and `X-Environment` say so, and the API has to check them.
    SecondLook,
    /// 401, or to the sign-in.
    SignIn,
    /// 404, as for a project that does not exist.
    Unknown,
    /// 422: the form says what is wrong.
    Invalid,
}

impl Answer {
    /// Whether the result of an attempt fits this promise.
    pub fn fits(self, got: &Got) -> bool {
        match got {
            Got::Verified { .. } => self.fits_verification(got),
            Got::Page { status, to_sign_in, as_unknown } => match self {
                Self::SignIn => *to_sign_in,
                Self::Unknown => *status == 404 && *as_unknown,
                Self::Forbidden => *status == 403,
                Self::Invalid => *status == 422,
                Self::Unavailable => *status == 503,
                _ => false,
            },
        }
    }

    fn fits_verification(self, got: &Got) -> bool {
        let Got::Verified { status, error, message, key_of, .. } = got else { return false };
        let Got::Verified { is_own, of_this_api, same_project, is_nobodys, .. } = got else {
            return false;
        };
        let (status, error) = (*status, error.as_str());
        match self {
            Self::OtherEnvironment => {
                let told = format!("This is a key of {key_of}; this API takes keys of ");
                status == 401 && error == "INVALID_TOKEN" && message.starts_with(&told)
            }
            Self::Nobodys => status == 401 && error == "INVALID_TOKEN" && *is_nobodys,
            Self::Boundary if *same_project => Self::OtherEnvironment.fits(got),
            Self::Boundary => Self::Nobodys.fits(got),
            Self::NotThere => {
                status == 403 && ["PROJECT_NOT_FOUND", "ENVIRONMENT_NOT_FOUND"].contains(&error)
            }
            Self::HowToAsk => status == 404 && message.contains("/{project}/{environment}"),
            Self::KeyIsGood => {
                let told = format!("The key is good for {key_of}. ");
                status == 403 && error == "PERMISSION_DENIED" && message.starts_with(&told)
            }
            Self::Forbidden => {
                status == 403 && ["PERMISSION_DENIED", "SCOPE_INSUFFICIENT"].contains(&error)
            }
            Self::Unavailable => status == 503 && error == "UNAVAILABLE",
            // 400: by the gateway itself.
            Self::Refused => [400, 401, 403, 404, 503].contains(&status),
            Self::SecondLook => (*is_own && !of_this_api) || Self::Refused.fits(got),
            Self::Nothing | Self::SignIn | Self::Unknown | Self::Invalid => false,
        }
    }
}

impl Got {
    /// Whether the gateway would let the call through.
    pub fn is_let_in(&self) -> bool {
        matches!(self, Self::Verified { status: 200, .. })
    }
}
