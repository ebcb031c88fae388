//! Whole answers, as somebody has reviewed them, so that a review shows every change of one.
//! `INSTA_UPDATE` says what to do with a difference (`always` saves the new answer). Parts that
//! differ between two runs are replaced by a name in brackets.

mod errors;
mod keys_page;
mod mails;
mod verdicts;

use insta::Settings;

use crate::support::Page;

/// What no two runs have in common, in the order in which it is replaced.
const RANDOM: [(&str, &str); 13] = [
    (r"[0-9]{1,2} [A-Z][a-z]{2} 20[0-9]{2}(, [0-9]{2}:[0-9]{2} UTC)?", "[day]"),
    (r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+]00:00)", "[time]"),
    (r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", "[date]"),
    (r"127\.0\.0\.1:[0-9]+", "[host]"),
    (r"-[0-9a-f]{12}\.([a-z0-9]+)", "-[hash].$1"),
    (r"\b([ps]k)_[0-9a-f]{64}", "[$1]"),
    (r"\b([ps]k)_[0-9a-f]{4}•+[0-9a-f]{4}", "[mask of $1]"),
    (r"\b(act|env|inv|key|prj|usr)_[0-9a-f]{32}", "[$1]"),
    (r"(reference[^0-9a-z]+(<[^>]+>)?)[0-9a-f-]{8,}", "$1[id]"),
    (r#"(name="(csrf|token|seen)" value=")[^"]+"#, "$1[random]"),
    (r"token=[A-Za-z0-9_-]+", "token=[random]"),
    (r"\b[0-9a-f]{32,64}\b", "[hex]"),
    (r"[0-9]+ (seconds?|minutes?) ago|just now", "[ago]"),
];

fn assert_looks_like(name: &str, answer: &str) {
    let mut settings = Settings::clone_current();
    for (random, name) in RANDOM {
        settings.add_filter(random, name);
    }
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    settings.bind(|| insta::assert_snapshot!(name, answer));
}

/// Status, headers in the order of their names, and the body.
fn whole(page: &Page) -> String {
    let mut headers: Vec<String> = page
        .headers
        .iter()
        // A connection is closed when a refused body has not come yet: that depends on the moment.
        .filter(|(name, _)| {
            !["connection", "content-length", "date", "x-request-id"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!("{}\n{}\n\n{}", page.status, headers.join("\n"), page.body)
}
