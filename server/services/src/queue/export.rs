//! Export of what a tab shows under the current filters and search: all pages, streamed, one consistent snapshot.

use super::json;
use crate::export::{Export, Format, Writer, csv_cells, permit};
use crate::{Error, Origin, Result, Right, Services};
use bytes::Bytes;
use domain::filter::ListQuery;
use domain::people::Actor;
use domain::request::{ApprovalType, Lane, Status};
use domain::time::{Span, Timestamp};
use domain::validate::{FieldCode, FieldError};
use serde_json::json;
use std::collections::HashMap;
use store::requests::ExportRow;
use store::{Session, audit};

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

/// Begins an export. Admins only; recorded in the audit.
///
/// # Errors
/// Forbidden, the search when nothing of it can be searched for, or the database fails.
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
    if let Some(part) = super::unsearchable(query) {
        return Err(Error::Invalid(vec![FieldError::new(&part.name, FieldCode::Malformed)]));
    }
    let permit = permit(services)?;
    record(services, actor, query, format, origin).await?;
    let mut session = services.store.read().await?;
    session.unlimited().await?;
    let mut query = super::page::understood(&mut session, &query.first_page(), Vec::new()).await?.0;
    Ok(Export::begin(permit, move |writer| async move { produce(session, &mut query, format, &writer).await }))
}

async fn record(services: &Services, actor: &Actor, query: &ListQuery, format: Format, origin: &Origin) -> Result<()> {
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let event = audit::Event {
        kind: "export_made",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        detail: json!({ "query": query.to_query(), "format": format!("{format:?}").to_lowercase() }),
        ..audit::Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}

async fn produce(mut session: Session, query: &mut ListQuery, format: Format, writer: &Writer) -> Result<()> {
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
        writer.write(Bytes::from(out)).await?;
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
