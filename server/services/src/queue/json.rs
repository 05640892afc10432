//! The JSON shape of an export.

use super::export::{COLUMNS, column};
use crate::{Error, Result};
use domain::flow::{ApproverKind, Definition, Required};
use domain::ids::{FlowVersionId, RequestNumber};
use domain::request::Verdict;
use domain::time::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::HashMap;
use store::Session;
use store::requests::{ExportCursor, ExportRow, ExportVote};

#[derive(Serialize)]
struct Vote<'v> {
    person: &'v str,
    verdict: &'static str,
    step: i32,
    at: String,
    comment: Option<&'v str>,
}

#[derive(Serialize)]
struct Step<'s> {
    approver: ApproverKind,
    required: Required,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'s str>,
}

struct Object<'o> {
    row: &'o ExportRow<'o>,
    steps: &'o RawValue,
    votes: Vec<Vote<'o>>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(COLUMNS.len() + 2))?;
        for (index, (name, raw)) in COLUMNS.iter().zip(self.row.fields()).enumerate() {
            match index {
                0 | 10 => map.serialize_entry(name, &raw.parse::<i64>().ok())?,
                20 => map.serialize_entry(name, &(*raw == "1"))?,
                13 | 14 | 16 | 21 | 22 if raw.is_empty() => map.serialize_entry(name, &None::<&str>)?,
                _ => map.serialize_entry(name, &column(index, raw))?,
            }
        }
        map.serialize_entry("steps", self.steps)?;
        map.serialize_entry("votes", &self.votes)?;
        map.end()
    }
}

/// Writes the objects of a chunk. `steps` keeps the steps of the flow versions that were seen, as text.
pub(super) async fn objects(
    session: &mut Session,
    out: &mut Vec<u8>,
    chunk: &ExportCursor,
    steps: &mut HashMap<String, Box<RawValue>>,
    first: &mut bool,
) -> Result<()> {
    let rows = chunk.rows().collect::<store::Result<Vec<_>>>()?;
    let numbers: Vec<RequestNumber> = rows.iter().map(ExportRow::number).collect();
    let votes = store::requests::export_votes(session, &numbers).await?;
    let mut by_request: HashMap<i64, Vec<&ExportVote>> = HashMap::new();
    for vote in &votes {
        by_request.entry(vote.request).or_default().push(vote);
    }
    for row in &rows {
        if !steps.contains_key(row.flow_version_key()) {
            let text = steps_of(session, row.flow_version_key()).await?;
            steps.insert(row.flow_version_key().to_owned(), text);
        }
        let Some(known) = steps.get(row.flow_version_key()) else { continue };
        let votes = by_request.remove(&row.number().0).unwrap_or_default().into_iter().map(vote).collect();
        out.extend_from_slice(if *first { b"\n" } else { b",\n" });
        *first = false;
        let object = Object { row, steps: known, votes };
        serde_json::to_writer(&mut *out, &object).map_err(|error| Error::Internal(error.to_string()))?;
    }
    Ok(())
}

fn vote(vote: &ExportVote) -> Vote<'_> {
    Vote {
        person: &vote.person_name,
        verdict: Verdict::from_code(vote.verdict).map_or("", Verdict::as_str),
        step: vote.step + 1,
        at: Timestamp(vote.voted_at).to_string(),
        comment: vote.comment.as_deref(),
    }
}

async fn steps_of(session: &mut Session, key: &str) -> Result<Box<RawValue>> {
    let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let id = FlowVersionId(key.parse().map_err(|error: domain::ids::ParseError| internal(&error))?);
    let definition: Definition =
        store::flows::definition(session, id).await?.ok_or_else(|| internal(&"flow version is gone"))?;
    let steps: Vec<Step<'_>> = definition
        .steps
        .iter()
        .map(|step| Step {
            approver: step.approvers.kind(),
            required: step.required,
            group: match &step.approvers {
                domain::flow::Approvers::Group { name, .. } => Some(name),
                _ => None,
            },
        })
        .collect();
    serde_json::value::to_raw_value(&steps).map_err(|error| internal(&error))
}
