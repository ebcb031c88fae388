//! The same entries as a file, streamed: a million rows take no more memory than a thousand.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;

use super::filter::Asked;
use crate::domain::activity::{self, Entry};
use crate::web::State;
use crate::web::dashboard::http::{Error, ProjectAccess};

/// Entries that are read at once.
const CHUNK: i64 = 1_000;
const HEADINGS: [&str; 10] = [
    "time",
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
pub(crate) async fn export(
    access: ProjectAccess,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let filter = Asked::of(&request)?.filter(&access, &state).await?;
    let project = access.project.id.clone();
    let rows = stream::unfold(Some(Position::Start), move |position| {
        let (state, project, filter) = (state.clone(), project.clone(), filter.clone());
        async move {
            let before = match position? {
                Position::Start => {
                    return Some((Ok(Bytes::from(line(&HEADINGS))), Some(Position::Before(None))));
                }
                Position::Before(before) => before,
            };
            let filter = filter?; // nothing fits
            let entries = state
                .db
                .read(move |c| activity::list(c, &project, &filter, before.as_ref(), CHUNK))
                .await;
            match entries.map_err(Error::from) {
                Ok(entries) => {
                    let last = entries.last()?.id.clone();
                    let text: String = entries.iter().map(row).collect();
                    Some((Ok(Bytes::from(text)), Some(Position::Before(Some(last)))))
                }
                // The connection is cut: a file that ends early must not look whole.
                Err(error) => Some((Err(error), None)),
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

fn row(entry: &Entry) -> String {
    let time = entry.at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let actor_id = entry.actor_id.as_ref().map_or("", |id| id.as_str());
    line(&[
        &time,
        &entry.actor,
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

/// A line (RFC 4180), in which no cell can be taken for a formula (OWASP, CSV Injection).
fn line(cells: &[&str]) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let neutral = |cell: &&str| {
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            format!("'{cell}")
        } else {
            (*cell).to_owned()
        }
    };
    // Writing to a Vec does not fail.
    let _ = writer.write_record(cells.iter().map(neutral));
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas() {
        assert_eq!(
            line(&["=1+1", "@x", "-2", "+3", "\ty", "a,b \"c\"", "fine"]),
            "'=1+1,'@x,'-2,'+3,'\ty,\"a,b \"\"c\"\"\",fine\r\n"
        );
    }
}
