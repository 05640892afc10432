//! Export of what a tab shows under the current filters and search: all pages, streamed, one consistent snapshot.

use super::json;
use crate::{Error, Origin, Result, Services};
use bytes::Bytes;
use domain::filter::ListQuery;
use domain::people::Actor;
use domain::request::{ApprovalType, Lane, Status};
use domain::time::{Span, Timestamp};
use futures::{Stream, StreamExt};
use serde_json::json;
use std::collections::HashMap;
use store::requests::ExportRow;
use store::{Session, audit};
use tokio::sync::mpsc;

/// JSON or CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8.
    Csv,
    /// An array of objects, with `steps` and `votes` besides the columns.
    Json,
}

/// Columns of the CSV and keys of the JSON objects (`product.md` 3).
pub(super) const COLUMNS: [&str; 23] = [
    "number",
    "status",
    "lane",
    "approval_type",
    "requester",
    "email",
    "department",
    "manager",
    "resource",
    "flow",
    "flow_version",
    "group",
    "reason",
    "requested_duration",
    "granted_duration",
    "submitted",
    "decided",
    "decided_by",
    "decision_reason",
    "next_steps",
    "overridden",
    "expires",
    "access_ends",
];

/// An export under way.
pub struct Export {
    receiver: mpsc::Receiver<Result<Bytes>>,
}

impl Export {
    /// The bytes, in order. An error ends the stream: what came before must not be taken for the whole.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send {
        futures::stream::unfold(self.receiver, |mut receiver| async move {
            receiver.recv().await.map(|item| (item, receiver))
        })
        .fuse()
    }
}

/// Begins an export. Admins only; recorded in the audit.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn export(
    services: &Services,
    actor: &Actor,
    query: &ListQuery,
    format: Format,
    origin: &Origin,
) -> Result<Export> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let permit = std::sync::Arc::clone(&services.exports).try_acquire_owned().map_err(|_| Error::TooMany(5))?;
    record(services, actor, query, format, origin).await?;
    let session = services.store.read().await?;
    let (sender, receiver) = mpsc::channel(2);
    let mut query = query.first_page();
    // The task ends when the reader goes away: the channel closes.
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(error) = produce(session, &mut query, format, &sender).await {
            tracing::warn!(%error, "export broken off");
            let _ = sender.send(Err(error)).await;
        }
    });
    Ok(Export { receiver })
}

async fn record(services: &Services, actor: &Actor, query: &ListQuery, format: Format, origin: &Origin) -> Result<()> {
    let mut session = services.store.write().await?;
    let event = audit::Event {
        kind: "export_made",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        detail: json!({ "query": query.to_query(), "format": format!("{format:?}").to_lowercase() }),
        ..audit::Event::default()
    };
    audit::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}

async fn produce(
    mut session: Session,
    query: &mut ListQuery,
    format: Format,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> Result<()> {
    let mut steps = HashMap::new();
    let mut first = true;
    loop {
        let chunk = store::requests::export_chunk(&mut session, query).await?;
        let mut out = Vec::with_capacity(256 * 1024);
        if first {
            match format {
                Format::Csv => out.extend_from_slice((COLUMNS.join(",") + "\r\n").as_bytes()),
                Format::Json => out.push(b'['),
            }
        }
        match format {
            Format::Csv => {
                for row in chunk.rows() {
                    csv_line(&mut out, &row?)?;
                }
            }
            Format::Json => json::objects(&mut session, &mut out, &chunk, &mut steps, &mut first).await?,
        }
        first = false;
        let next = chunk.next()?;
        if next.is_none() && format == Format::Json {
            out.extend_from_slice(b"\n]\n");
        }
        if sender.send(Ok(Bytes::from(out))).await.is_err() {
            return Ok(());
        }
        match next {
            Some(cursor) => query.after = Some(cursor),
            None => return Ok(()),
        }
    }
}

/// The text of a column, from the text that the store gave.
pub(super) fn column<'r>(index: usize, raw: &'r str) -> std::borrow::Cow<'r, str> {
    use std::borrow::Cow;
    let code = || raw.parse::<i16>().ok();
    match index {
        1 => Cow::Borrowed(code().and_then(Status::from_code).map_or("", Status::as_str)),
        2 => Cow::Borrowed(code().and_then(Lane::from_code).map_or("", Lane::as_str)),
        3 => Cow::Borrowed(code().and_then(ApprovalType::from_code).map_or("", ApprovalType::as_str)),
        13 | 14 => Cow::Owned(raw.parse().ok().and_then(Span::minutes).map(String::from).unwrap_or_default()),
        15 | 16 | 21 | 22 => Cow::Owned(raw.parse().map(|at| Timestamp(at).to_string()).unwrap_or_default()),
        20 => Cow::Borrowed(if raw == "1" { "true" } else { "false" }),
        _ => Cow::Borrowed(raw),
    }
}

/// Writes one line.
fn csv_line(out: &mut Vec<u8>, row: &ExportRow<'_>) -> Result<()> {
    csv_cells(out, row.fields().iter().enumerate().map(|(index, raw)| column(index, raw)))
}

/// Writes cells as one line. A cell that would start a formula gets a leading `'` (OWASP).
fn csv_cells<'c>(out: &mut Vec<u8>, cells: impl Iterator<Item = std::borrow::Cow<'c, str>>) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(4096).from_writer(out);
    let failed = |error: csv::Error| Error::Internal(error.to_string());
    for text in cells {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            writer.write_field(format!("'{text}")).map_err(failed)?;
        } else {
            writer.write_field(text.as_bytes()).map_err(failed)?;
        }
    }
    writer.write_record(None::<&[u8]>).map_err(failed)?;
    writer.flush().map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::csv_cells;
    use proptest::prelude::*;
    use std::borrow::Cow;

    const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

    proptest! {
        /// Parsing back gives the input, after taking the added `'` away, and no cell starts a formula.
        #[test]
        fn a_line_reads_back(cells in proptest::collection::vec("[\\PC\n\r\t\",;=+@-]{0,12}", 23)) {
            let mut out = Vec::new();
            csv_cells(&mut out, cells.iter().map(|cell| Cow::Borrowed(cell.as_str()))).expect("written");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_slice());
            let record = reader.records().next().expect("one line").expect("well formed");
            prop_assert_eq!(record.len(), cells.len());
            for (cell, back) in cells.iter().zip(record.iter()) {
                prop_assert!(!back.starts_with(FORMULA));
                let wanted = if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.clone() };
                prop_assert_eq!(wanted.as_str(), back);
            }
        }
    }
}
