//! The account and two-step sign-in, in a browser.

use chrono::TimeDelta;

use super::{ADA, DEV, ada, server};
use crate::support::{Authenticator, Browser, MailServer, PASSWORD, Server, SignedIn, Temper};

const ENTER: &str = "\u{e007}";
const NEW: &str = "violet-anchor-syrup-62";
const PUBLIC: &str = "http://keys.example.com";

/// Goes to the account by the menu of the top bar.
async fn to_account(browser: &Browser) {
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Account").await;
    browser.arrive("/account").await;
}

#[tokio::test]
async fn name_e_mail_password_and_sessions_are_changed() {
    let server = server().await;
    server.sign_in(ADA).await;
    let other = server.sign_in(ADA).await;
    server
        .anonymous()
        .post("/sign-in", &[("email", ADA), ("password", "not-the-password")])
        .await
        .expect(422);
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    to_account(&browser).await;
    browser.read("main", "Somebody could not sign in: wrong password").await;
    browser.look("account").await;

    browser.click("a[href='/account/name']").await;
    browser.focused("name").await;
    browser.look("account-name").await;
    browser.fill("#name", "Ada King").await;
    browser.press(ENTER).await;
    browser.read("main .note", "Your name is saved.").await;
    browser.click("a[href='/account/email']").await;
    browser.see("#email").await;
    browser.fill("#email", "not an address@").await;
    browser.eval("document.querySelectorAll('form').forEach((f) => { f.noValidate = true })").await;
    browser.type_into("#email-password", &format!("not-the-password{ENTER}")).await;
    browser.read("#email-err", "Enter an e-mail address").await;
    assert_eq!(browser.value("#email-password").await, "");
    browser.look("account-email-error").await;
    browser.click_on("Cancel").await;
    browser.arrive("/account").await;
    browser.click("a[href='/account/password']").await;
    browser.focused("current").await;
    browser.eval("document.querySelectorAll('form').forEach((f) => { f.noValidate = true })").await;
    browser.fill("#new", "password1234").await;
    browser.type_into("#current", &format!("{PASSWORD}{ENTER}")).await;
    browser.read("#new-err", "easy to guess").await;
    browser.look("account-errors").await;
    browser.type_into("#current", PASSWORD).await;
    browser.type_into("#new", &format!("{NEW}{ENTER}")).await;
    browser.arrive("/account").await;
    browser.read("main .note", "Your password is changed. Your other sessions have ended.").await;
    other.get("/projects").await.expect(303);
    assert_eq!(browser.eval("return document.querySelectorAll('.list li').length").await, 1);

    SignedIn::new(server.anonymous(), ADA, NEW).await;
    browser.reload().await;
    browser.read(".list", "Unknown browser").await;
    browser.click(".list form button").await;
    browser.read("main .note", "Unknown browser is signed out.").await;
    browser.see_no(".list form").await;
    browser.quit().await;
}

/// Turns it on, signs out and in again with a code and with a recovery code.
async fn two_steps(server: &Server, browser: &Browser) {
    browser.expect_console("status of 422");
    browser.sign_in(ADA, DEV).await;
    to_account(browser).await;
    browser.click_on("Turn on").await;
    browser.arrive("/account/two-step").await;
    browser.look("two-step").await;
    let app = Authenticator::new(&browser.text("#secret").await.replace(' ', ""));
    browser.type_into("#code", &app.code_in(server, 86_400)).await;
    browser.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.read("#code-err", "not right").await;
    browser.look("two-step-error").await;
    browser.type_into("#code", &app.code(server)).await;
    browser.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.read("h1", "Recovery codes").await;
    browser.look("recovery-codes").await;
    let codes = browser
        .eval("return [...document.querySelectorAll('#codes li')].map((li) => li.textContent)")
        .await;
    let code = codes[6].as_str().unwrap().to_owned();
    browser.click_on("I have saved them").await;
    browser.arrive("/account").await;
    browser.read("main", "10 of 10 recovery codes left.").await;
    browser.click("a[href='/account/password']").await;
    browser.focused("current").await;
    browser.eval("document.querySelectorAll('form').forEach((f) => { f.noValidate = true })").await;
    browser.type_into("#current", PASSWORD).await;
    browser.type_into("#new", &format!("{NEW}{ENTER}")).await;
    browser.read("#password-code-err", "six digits").await;
    browser.look("account-two-step").await;

    for second in ["code", "recovery"] {
        server.clock.advance(TimeDelta::minutes(1));
        browser.click("[popovertarget=m-account]").await;
        browser.click_on("Sign out").await;
        browser.arrive("/sign-in").await;
        browser.type_into("#email", ADA).await;
        browser.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
        browser.arrive("/sign-in/two-step").await;
        browser.focused("code").await;
        if second == "code" {
            browser.look("sign-in-two-step").await;
            browser.type_into("#code", &format!("{}{ENTER}", app.code_in(server, 86_400))).await;
            browser.read("#code-err", "check your phone's clock").await;
            browser.look("sign-in-two-step-error").await;
            browser.type_into("#code", &format!("{}{ENTER}", app.code(server))).await;
        } else {
            browser.click_on("Use a recovery code").await;
            browser.read("label", "Recovery code").await;
            browser.look("sign-in-recovery").await;
            browser.type_into("#code", &format!("{code}{ENTER}")).await;
        }
        browser.arrive(DEV).await;
    }
    to_account(browser).await;
    browser.read("main", "9 of 10 recovery codes left.").await;
    browser.read("main table", "You signed in: with a recovery code").await;
    browser.click_on("Turn off").await;
    browser.arrive("/account/two-step/off").await;
    browser.focused("password").await;
    browser.look("two-step-off").await;
    browser.type_into("#password", PASSWORD).await;
    browser.type_into("#code", &format!("{}{ENTER}", app.code_in(server, 86_400))).await;
    browser.read("#code-err", "Wrong code.").await;
    browser.look("two-step-off-error").await;
    browser.type_into("#password", PASSWORD).await;
    browser.type_into("#code", &format!("{}{ENTER}", app.code(server))).await;
    browser.arrive("/account").await;
    browser.read("main .note", "Two-step sign-in is off.").await;
}

#[tokio::test]
async fn two_steps_are_turned_on_used_and_turned_off() {
    let server = server().await;
    let browser = Browser::open(&server).await;
    two_steps(&server, &browser).await;
    browser.quit().await;
}

#[tokio::test]
async fn two_steps_need_no_javascript() {
    let server = server().await;
    let browser = Browser::without_javascript(&server).await;
    two_steps(&server, &browser).await;
    browser.quit().await;
}

/// Asks for another address, cancels, asks once more and opens the link.
async fn new_address(mail: &MailServer, browser: &Browser) {
    browser.expect_console("status of 410");
    browser.sign_in(ADA, DEV).await;
    to_account(browser).await;
    let link = async |email: &str| {
        browser.click("a[href='/account/email']").await;
        browser.see("#email").await;
        browser.fill("#email", email).await;
        browser.type_into("#email-password", &format!("{PASSWORD}{ENTER}")).await;
        browser.read("main", &format!("{email} becomes your e-mail address")).await;
        let mails = mail.mails();
        let with_link = mails.iter().rfind(|mail| mail.text().contains("?token="));
        with_link.unwrap().link().replace(PUBLIC, "")
    };
    let cancelled = link("countess@example.com").await;
    browser.look("account-email-pending").await;
    browser.click_on("Cancel the change").await;
    browser.read("main .note", "stays as it is").await;
    browser.go(&cancelled).await;
    browser.read("h1", "This link no longer works").await;
    browser.look("email-link-dead").await;
    browser.click_on("Go to your account").await;
    browser.arrive("/account").await;
    let link = link("lovelace@example.com").await;
    browser.go(&link).await;
    browser.read("h1", "Change your e-mail address?").await;
    browser.look("email-link").await;
    browser.click_on("Change e-mail").await;
    browser.arrive("/account").await;
    browser.read("main .note", "Your e-mail address is changed.").await;
    browser.read("main dl", "lovelace@example.com").await;
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_is_opened_with_and_without_javascript() {
    for javascript in [true, false] {
        let mail = MailServer::start(Temper::Friendly);
        let server = Server::start_with(&["--public-url", PUBLIC, "--smtp-url", &mail.url]).await;
        server.project("My Blog", &server.user("Ada Lovelace", ADA));
        let browser = if javascript {
            Browser::open(&server).await
        } else {
            Browser::without_javascript(&server).await
        };
        new_address(&mail, &browser).await;
        browser.quit().await;
    }
}

#[tokio::test]
async fn all_recovery_codes_are_copied_at_once_and_known_nowhere_afterwards() {
    let server = server().await;
    let browser = ada(&server).await;
    let who = server.sign_in(ADA).await;
    let (app, _) = Authenticator::turn_on(&server, &who).await;
    let make_codes = async || {
        server.clock.advance(TimeDelta::minutes(1));
        browser.go("/account/recovery-codes").await;
        browser.type_into("#password", PASSWORD).await;
        browser.type_into("#code", &format!("{}{ENTER}", app.code(&server))).await;
        browser.see("#codes").await;
    };
    // They can't be shown again: leaving asks, unless somebody says that they are saved.
    for (leave, asks) in [
        ("location.href = '/account'", true),
        ("document.querySelector('[data-saved]').click()", false),
    ] {
        make_codes().await;
        assert_eq!(browser.asks_before_leaving(leave).await, asks, "{leave}");
        browser.arrive("/account").await;
    }
    make_codes().await;
    browser.look("recovery-codes-again").await;
    let codes = browser
        .eval("return [...document.querySelectorAll('#codes li')].map((li) => li.textContent)")
        .await;
    browser.click_on("Copy all").await;
    browser.read("#toasts", "Copied to clipboard.").await;
    let copied = browser.clipboard().await;
    let lines: Vec<&str> = copied.split_whitespace().collect();
    assert_eq!(serde_json::json!(lines), codes);
    browser.see("[data-once][data-kept]").await;
    browser.click_on("I have saved them").await;
    browser.arrive("/account").await;
    browser.knows_nothing_of(lines[0]).await;
    browser.quit().await;
}

#[tokio::test]
async fn on_the_phone_itself_a_link_and_a_copy_take_the_place_of_the_camera() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.go("/account/two-step").await;
    let link = browser.eval("return document.querySelector('a[href^=\"otpauth:\"]').href").await;
    let secret = browser.text("#secret").await.replace(' ', "");
    assert!(link.as_str().unwrap().contains(&format!("secret={secret}")), "{link}");
    browser.click("[data-copy-from=secret]").await;
    browser.read("#toasts", "Copied to clipboard.").await;
    assert_eq!(browser.clipboard().await, secret, "without blanks");

    // Whoever types a password can look at it; it is hidden before it is sent.
    let kind = "return document.querySelector('#password').type";
    browser.type_into("#password", PASSWORD).await;
    browser.click("[data-show=password]").await;
    assert_eq!(browser.eval(kind).await, "text");
    browser.see("[data-show=password][aria-pressed=true]").await;
    browser.look("two-step-password-shown").await;
    browser.click("[data-show=password]").await;
    assert_eq!(browser.eval(kind).await, "password");
    browser.click("[data-show=password]").await;
    let at_submit = "document.addEventListener('submit', (e) => {
        e.preventDefault(); document.title = document.querySelector('#password').type;
    })";
    browser.eval(at_submit).await;
    browser.type_into("#code", "000000").await;
    browser.click_on("Turn on").await;
    assert_eq!(browser.eval("return document.title").await, "password");
    browser.quit().await;
}

#[tokio::test]
async fn recovery_codes_are_a_file_too() {
    let server = server().await;
    let browser = ada(&server).await;
    let who = server.sign_in(ADA).await;
    let (app, _) = Authenticator::turn_on(&server, &who).await;
    server.clock.advance(TimeDelta::minutes(1));
    browser.go("/account/recovery-codes").await;
    browser.type_into("#password", PASSWORD).await;
    browser.type_into("#code", &format!("{}{ENTER}", app.code(&server))).await;
    browser.see("#codes").await;
    let file =
        browser.eval("return decodeURIComponent(document.querySelector('a[download]').href)").await;
    let codes = browser
        .eval("return [...document.querySelectorAll('#codes li')].map((li) => li.textContent)")
        .await;
    for code in codes.as_array().unwrap() {
        assert!(file.as_str().unwrap().contains(code.as_str().unwrap()), "{file}");
    }
    assert!(file.as_str().unwrap().contains("Recovery codes for ada@example.com"));
    browser.click_on("Download").await;
    browser.see("[data-once][data-kept]").await;
    browser.quit().await;
}
