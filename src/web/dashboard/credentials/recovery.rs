//! Checks a code, as far as that is done before the transaction.

use crate::web::dashboard::http::Visit;

use super::{Stop, Try};
use crate::db::DbConnection;
use crate::domain::two_step::{self, Code, Looked, Proof};
use crate::domain::users::User;
use crate::domain::users::sign_in::Attempt;
use crate::web::dashboard::http::known_browser::KnownBrowser;

/// Looks for the recovery code among those that are left, which takes a hash for each of them.
/// Codes of the app need no hash, so they need no slot in the queue.
pub(crate) async fn look(code: Code, user: &User, visit: &Visit) -> Result<Proof, Stop> {
    let browser = KnownBrowser::of(visit).token(&user.email);
    let code = match code {
        Code::App(digits) => Looked::App(digits),
        Code::Recovery(code) => {
            let one = Try::begin(Attempt::recovery_code, &user.email, visit).await?;
            let id = user.id.clone();
            let hashes = visit
                .db
                .read(move |c: &mut DbConnection| two_step::recovery_hashes(c, &id))
                .await?;
            let fits = one.run(&visit.state, move || code.fits(hashes)).await?;
            Looked::Recovery { fits, counted: one.counted }
        }
    };
    Ok(Proof { code, browser })
}
