//! The table of the misuse matrix: what is promised, and what each person gets who tries to break
//! it.

use super::answer::Answer;

/// Who tries, in the order of the columns of [`TABLE`].
pub const PEOPLE: [&str; 13] = [
    "outsider",
    "customer",
    "removed member",
    "viewer",
    "admin of another project",
    "file with another environment",
    "file with another project",
    "file without an environment",
    "file with a longer address",
    "file with the client's path",
    "peer that is not trusted",
    "file with the client's host",
    "former binary",
];

/// What the boundary and its relatives promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// A key of one environment is refused in every other, and the message helps.
    Environment,
    /// A key of another project looks like one that nobody has.
    OtherProject,
    /// The boundary comes first: of a key that is not of here nobody learns its state.
    State,
    /// Which projects and environments there are is told to trusted peers only.
    Names,
    /// A slug never passes to another project.
    Slug,
    /// The name of a protected environment passes to nobody but owners and admins.
    EnvironmentName,
    /// A key with scopes needs the original request, from a trusted peer.
    Scoped,
    /// So does a publishable key under rules.
    Publishable,
    /// *Check keys only* lifts the rules of publishable keys while nothing is known, and no more.
    CheckKeysOnly,
    /// A key with addresses needs the client's address, from a trusted proxy.
    Addresses,
    /// Outside the base path only secret keys without scopes are accepted, unless the rules say so.
    Elsewhere,
    /// Another spelling of the base path does not count as elsewhere.
    Spellings,
    /// A method that the client names besides must be allowed as well.
    Methods,
    /// A key with scopes is not good for `OPTIONS`, except for a preflight.
    Options,
    /// What a client writes into headers that only gateways and Keyrack set changes nothing.
    OurHeaders,
    /// What can't be read never means "no limit".
    Damaged,
    /// `*` means the environments that the project lists, and no others.
    SharedAddress,
    /// The pages of another project are not there.
    Pages,
    /// A process that does not know the database's contract answers nobody.
    Contract,
}

/// A promise, and what comes of trying to break it.
pub struct Row {
    pub promise: Promise,
    pub answers: [Answer; PEOPLE.len()],
}

/// Those who have a key of the right kind and a gateway that is set up rightly; operators whose
/// file was copied wrongly, each in one way; and a process of a former Keyrack.
const fn row(promise: Promise, people: [Answer; 5], files: [Answer; 7], former: Answer) -> Row {
    let [a, b, c, d, e] = people;
    let [f, g, h, i, j, k, l] = files;
    Row { promise, answers: [a, b, c, d, e, f, g, h, i, j, k, l, former] }
}

/// A new promise belongs here.
pub const TABLE: [Row; Promise::Contract as usize + 1] = {
    use Answer::{
        Boundary, Forbidden, HowToAsk, Invalid, KeyIsGood, Nobodys, NotThere, Nothing,
        OtherEnvironment, Refused, SecondLook, SignIn, Unavailable, Unknown,
    };
    [
        row(
            Promise::Environment,
            [OtherEnvironment; 5],
            [SecondLook, Nobodys, HowToAsk, Refused, SecondLook, OtherEnvironment, SecondLook],
            Unavailable,
        ),
        row(
            Promise::OtherProject,
            [Nobodys; 5],
            [Nobodys, SecondLook, HowToAsk, Refused, SecondLook, Nobodys, Refused],
            Unavailable,
        ),
        row(
            Promise::State,
            [Boundary; 5],
            [Refused, Refused, HowToAsk, Refused, Refused, Boundary, Refused],
            Unavailable,
        ),
        row(
            Promise::Names,
            [Nobodys; 5],
            [NotThere, NotThere, HowToAsk, Refused, SecondLook, Nobodys, SecondLook],
            Unavailable,
        ),
        row(
            Promise::Slug,
            [SignIn, SignIn, Invalid, Invalid, Invalid],
            [NotThere, NotThere, HowToAsk, Refused, SecondLook, Nobodys, Refused],
            Unavailable,
        ),
        row(
            Promise::EnvironmentName,
            [SignIn, SignIn, Unknown, Forbidden, Unknown],
            [NotThere, NotThere, HowToAsk, Refused, SecondLook, Nobodys, SecondLook],
            Unknown,
        ),
        row(
            Promise::Scoped,
            [Nothing, KeyIsGood, KeyIsGood, KeyIsGood, KeyIsGood],
            [KeyIsGood, KeyIsGood, HowToAsk, Refused, Refused, KeyIsGood, Refused],
            Unavailable,
        ),
        row(
            Promise::Publishable,
            [KeyIsGood, Nothing, KeyIsGood, KeyIsGood, KeyIsGood],
            [KeyIsGood, KeyIsGood, HowToAsk, Refused, Refused, KeyIsGood, Refused],
            Unavailable,
        ),
        row(
            Promise::CheckKeysOnly,
            [Forbidden; 5],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::Addresses,
            [Nothing, Forbidden, Forbidden, Forbidden, Forbidden],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::Elsewhere,
            [Forbidden; 5],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::Spellings,
            [Forbidden; 5],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::Methods,
            [Forbidden; 5],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::Options,
            [Nothing, Forbidden, Forbidden, Forbidden, Forbidden],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::OurHeaders,
            [Forbidden; 5],
            [Forbidden, Forbidden, HowToAsk, Refused, Refused, Forbidden, Refused],
            Unavailable,
        ),
        row(
            Promise::Damaged,
            [Unavailable; 5],
            [Unavailable, Unavailable, HowToAsk, Refused, Refused, Unavailable, Refused],
            Unavailable,
        ),
        row(
            Promise::SharedAddress,
            [OtherEnvironment; 5],
            [
                OtherEnvironment,
                OtherEnvironment,
                HowToAsk,
                Refused,
                SecondLook,
                OtherEnvironment,
                SecondLook,
            ],
            Unavailable,
        ),
        row(
            Promise::Pages,
            [SignIn, SignIn, Unknown, Unknown, Unknown],
            [SignIn; 7],
            Unknown, // pages may still be read
        ),
        // The last one: from here on the database is one of a later Keyrack.
        row(
            Promise::Contract,
            [Unavailable; 5],
            [Unavailable, Unavailable, HowToAsk, Refused, Refused, Unavailable, Refused],
            Unavailable,
        ),
    ]
};
