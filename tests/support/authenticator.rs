//! The authenticator app on somebody's phone.

use totp_rs::{Builder, Secret, Totp};

use super::{PASSWORD, Server, SignedIn};

pub struct Authenticator(Totp);

impl Authenticator {
    /// Sets the app up with the secret that a page shows.
    pub fn new(base32: &str) -> Self {
        Self(Builder::new().with_secret(Secret::try_from_base32(base32).unwrap()).build().unwrap())
    }

    /// The code that it shows now.
    pub fn code(&self, server: &Server) -> String {
        self.code_in(server, 0)
    }

    /// The code that it shows after this many seconds.
    pub fn code_in(&self, server: &Server, seconds: i64) -> String {
        self.at(u64::try_from(server.clock.now().and_utc().timestamp() + seconds).unwrap())
    }

    /// The code that it shows at this Unix time.
    pub fn at(&self, seconds: u64) -> String {
        self.0.generate(seconds).to_string()
    }

    /// Turns two-step sign-in on, and returns the app and the recovery codes. The current code of
    /// the app is used up by that.
    pub async fn turn_on(server: &Server, who: &SignedIn) -> (Self, Vec<String>) {
        let secret =
            who.get("/account/two-step").await.expect(200).attribute("input[name=secret]", "value");
        let app = Self::new(&secret);
        let fields =
            [("secret", secret.as_str()), ("code", &app.code(server)), ("password", PASSWORD)];
        let codes = who.post("/account/two-step", &fields).await.expect(200).texts("#codes li");
        (app, codes)
    }
}
