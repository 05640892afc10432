//! The record: what was done goes into the audit, and to the channels that want to hear of it, in the same transaction.

use crate::Result;
use domain::channel::{EVENTS, Subscription};
use domain::ids::{MessageId, PersonId, RequestNumber};
use serde_json::{Value, json};
use std::collections::HashMap;
use store::Session;
use store::audit::{self, Event};
use store::channels::{News, tell};

/// Version of what channels are sent; a field may be added without a new one.
pub(crate) const VERSION: u8 = 1;

/// Records an event.
pub(crate) async fn record(session: &mut Session, event: &Event<'_>) -> Result<()> {
    record_all(session, std::slice::from_ref(event)).await
}

/// Records events, in their order.
pub(crate) async fn record_all(session: &mut Session, events: &[Event<'_>]) -> Result<()> {
    // A type that the audit page does not list could not be looked for. Tests come by here with every type.
    if let Some(event) =
        events.iter().find(|event| cfg!(debug_assertions) && !crate::audit::KINDS.contains(&event.kind))
    {
        return Err(crate::Error::Internal(format!("the type {} is not in the list of the audit page", event.kind)));
    }
    audit::record_all(session, events).await?;
    if !events.iter().any(|event| EVENTS.contains(&event.kind)) {
        return Ok(());
    }
    let channels = store::settings::subscriptions(session).await?;
    let mut news = Vec::new();
    let mut known = HashMap::new();
    for event in events {
        let wants = |channel: &&Subscription| channel.events.iter().any(|wanted| wanted == event.kind);
        for channel in channels.iter().filter(wants) {
            let payload = payload(session, &mut known, event).await?;
            let id = MessageId(store::new_id());
            news.push(News {
                id,
                channel: channel.channel,
                kind: event.kind.to_owned(),
                request: event.request,
                payload,
            });
        }
    }
    Ok(tell(session, &news).await?)
}

/// What a channel is sent of an event (`docs/webhooks.md`): never internal notes, never a secret.
async fn payload(session: &mut Session, known: &mut HashMap<RequestNumber, Value>, event: &Event<'_>) -> Result<Value> {
    let request = match event.request {
        None => Value::Null,
        Some(number) => match known.get(&number) {
            Some(facts) => facts.clone(),
            None => {
                let facts = facts(session, number).await?;
                known.insert(number, facts.clone());
                facts
            }
        },
    };
    Ok(json!({
        "type": event.kind,
        "version": VERSION,
        "occurred_at": session.now().to_string(),
        "correlation_id": event.request.map(|number| format!("request-{number}")),
        "data": {
            "request": request,
            "actor": event.actor.map(|(id, name)| json!({ "id": id, "name": name })),
        },
    }))
}

/// A request as it stands, in the transaction of the event.
async fn facts(session: &mut Session, number: RequestNumber) -> Result<Value> {
    // Nobody looks: nothing depends on whose request it is.
    let Some(full) = store::requests::full_row(session, number, PersonId::example(0)).await? else {
        return Ok(json!({ "number": number }));
    };
    let row = &full.row;
    Ok(json!({
        "number": number,
        "status": row.status.as_str(),
        "approval_type": row.approval_type.as_str(),
        "requester": { "name": row.requester, "email": row.email, "department": row.department },
        "resource": row.resource,
        "category": row.category,
        "group": full.group_name,
        "flow": row.flow,
        "flow_version": full.flow_version,
        "reason": full.reason,
        "submitted_at": row.submitted_at.to_string(),
        "expires_at": row.expires_at.map(|at| at.to_string()),
        "ended": full.end.map(|end| json!({
            "at": end.at.to_string(),
            "by": end.by,
            "reason": end.reason,
            "next_steps": end.next_steps,
            "overridden": end.overridden,
            "access_ends_at": end.access_ends_at.map(|at| at.to_string()),
        })),
    }))
}
