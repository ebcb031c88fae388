//! Exports the entries as a file. It is streamed, so a million rows take no more memory than a
//! thousand.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;

use super::filter::Asked;
use crate::domain::activity::{self, ActivityEntry};
use crate::web::dashboard::http::{Error, ProjectAccess, Visit};

/// The number of entries that are read at once.
const CHUNK: i64 = 1_000;
const HEADINGS: [&str; 10] = [
    "time (UTC)",
    "actor",
    "actor_id",
    "action",
    "subject",
    "subject_id",
    "mask",
    "environment",
    "detail",
    "address",
];

/// `GET /projects/{project}/activity.csv`
pub(crate) async fn export(access: ProjectAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let filter = Asked::of(&visit.request)?.filter(&access, &visit.state).await?;
    let (project, role) = (access.project.id.clone(), access.role);
    let rows = stream::unfold(Some(Position::Start), move |position| {
        let (state, project, filter) = (visit.state.clone(), project.clone(), filter.clone());
        async move {
            let before = match position? {
                Position::Start => {
                    // Excel reads UTF-8 only if there is a byte order mark.
                    let head = format!("\u{feff}{}", line(&HEADINGS));
                    return Some((Ok(Bytes::from(head)), Some(Position::Before(None))));
                }
                Position::Before(before) => before,
            };
            let filter = filter?; // no entry can match
            let entries = state
                .db
                .read(move |c| activity::list(c, &project, role, &filter, before.as_ref(), CHUNK))
                .await;
            match entries.map_err(Error::from) {
                Ok(entries) => {
                    let last = entries.last()?.id.clone();
                    let text: String = entries.iter().map(row).collect();
                    Some((Ok(Bytes::from(text)), Some(Position::Before(Some(last)))))
                }
                // The connection is cut, so that a file that ends early does not look complete.
                Err(error) => {
                    tracing::error!(%error, "an export ended early");
                    Some((Err(error), None))
                }
            }
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}-activity.csv\"", access.project.slug),
        ))
        .streaming(rows))
}

enum Position {
    Start,
    Before(Option<activity::Id>),
}

fn row(entry: &ActivityEntry) -> String {
    let time = entry.at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let actor = match &entry.says {
        Some(name) => format!("{}, says {name}", entry.actor),
        None => entry.actor.clone(),
    };
    let actor_id = entry.actor_id.as_ref().map_or("", |id| id.as_str());
    line(&[
        &time,
        &actor,
        actor_id,
        entry.action.as_str(),
        &entry.subject,
        &entry.subject_id,
        &entry.mask,
        &entry.environment,
        &entry.detail,
        entry.address.as_deref().unwrap_or_default(),
    ])
}

/// A line of the CSV (RFC 4180). No cell in it can be taken for a formula (OWASP, CSV Injection).
fn line(cells: &[&str]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to a Vec does not fail.
    let _ = writer.write_record(cells.iter().map(|cell| neutral(cell)));
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The cell with an apostrophe before anything that would begin a formula: at its start, and after
/// any character that some spreadsheets take for the end of a cell.
fn neutral(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len() + 1);
    let mut begins = true;
    for c in cell.chars() {
        if begins
            && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n')
        {
            text.push('\'');
        }
        begins = matches!(c, ';' | ',' | '\t' | '\r' | '\n');
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        assert_eq!(line(&["a,b \"c\"", "", "fine"]), "\"a,b \"\"c\"\"\",\"\",\"fine\"\r\n");
        for (cell, neutral) in [
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("-2", "'-2"),
            ("+3", "'+3"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠x", "'＠x"),
            ("\ty", "'\ty"),
            ("\ny", "'\ny"),
            ("a;=1+1", "a;'=1+1"),
            ("a\n=1", "a\n'=1"),
            ("server-key, a-b; c = d", "server-key, a-b; c = d"),
        ] {
            assert_eq!(line(&[cell]), format!("\"{neutral}\"\r\n"), "{cell:?}");
        }
    }
}
