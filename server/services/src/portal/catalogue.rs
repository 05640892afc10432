//! Requests: what I may ask for.

use crate::requests::Living;
use crate::{Result, Services};
use domain::flow::Approvers;
use domain::ids::{FlowId, GroupId, ResourceId};
use domain::people::Actor;
use domain::search::{Search, keys};
use domain::time::Timestamp;
use domain::view::CatalogueEntry;
use std::collections::{HashMap, HashSet};
use store::Session;
use store::flows::{Flow, Offer};

/// Entries shown at once; a search finds the others.
const SHOWN: usize = 120;
/// Approvers of a step shown by name.
const NAMED: usize = 5;

/// The flows that are enabled and visible to somebody in these groups, by name of their resource.
pub(super) async fn offered(session: &mut Session, mine: &HashSet<GroupId>) -> Result<Vec<Offer>> {
    if !store::settings::get(session).await?.requests_enabled {
        return Ok(Vec::new());
    }
    let mut offers = store::flows::offers(session).await?;
    offers.retain(|offer| offer.visible_to.is_empty() || offer.visible_to.iter().any(|group| mine.contains(group)));
    Ok(offers)
}

/// The groups that somebody is in.
pub(super) async fn groups_of(session: &mut Session, actor: &Actor) -> Result<HashSet<GroupId>> {
    Ok(store::directory::groups::of_person(session, actor.id).await?.into_iter().collect())
}

/// What may be asked for.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The entries, by name of their resource; the first so many.
    pub entries: Vec<CatalogueEntry>,
    /// How many more fit.
    pub more: usize,
    /// Whether there is anything at all, whatever was searched for.
    pub any: bool,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// The flows that are enabled and visible to the actor, in whose resource, category, description and name each word of the search is
/// found, by name of their resource; nothing while requests are switched off. `also` is shown whatever the text says.
///
/// # Errors
/// When the database fails.
pub async fn catalogue(services: &Services, actor: &Actor, text: &str, also: Option<FlowId>) -> Result<Catalogue> {
    let mut session = services.store.read().await?;
    let mine = groups_of(&mut session, actor).await?;
    let mut offers = offered(&mut session, &mine).await?;
    let any = !offers.is_empty();
    if let Some(search) = Search::new(text) {
        offers.retain(|offer| {
            let named = [offer.resource_name.as_str(), &offer.name];
            Some(offer.id) == also || search.is_in(&[&keys(&named, &[&offer.category, &offer.description])])
        });
    }
    let more = offers.len().saturating_sub(SHOWN);
    let shown: Vec<FlowId> = offers.iter().take(SHOWN).map(|offer| offer.id).collect();
    let flows = store::flows::by_ids(&mut session, &shown).await?;
    let held: HashMap<ResourceId, store::grants::Held> = store::grants::held_by(&mut session, actor.id)
        .await?
        .into_iter()
        .map(|held| (ResourceId(held.resource_id), held))
        .collect();
    let open: HashMap<_, _> = store::requests::open_by_resource(&mut session, actor.id).await?.into_iter().collect();
    let mut living = Living::new(&mut session).await?;
    let resources: Vec<ResourceId> = flows.iter().map(|flow| flow.resource).collect();
    living.prepare_owners(&mut session, &resources).await?;
    let mut known = HashMap::new();
    let mut entries = Vec::with_capacity(flows.len());
    for flow in flows {
        let approvers = names(&mut living, &mut known, &mut session, actor, &flow).await?;
        let holds = mine.contains(&flow.definition.group);
        let until = held.get(&flow.resource).filter(|_| holds).and_then(|held| held.ends_at).map(Timestamp);
        entries.push(CatalogueEntry {
            flow: flow.id,
            look: flow.look(),
            held: holds,
            until: until.filter(|_| flow.definition.access.longest().is_some()),
            open: open.get(&flow.resource).copied(),
            category: flow.shown_category().to_owned(),
            flow_name: flow.name,
            resource: flow.resource_name,
            description: flow.description,
            steps: flow.definition.steps,
            access: flow.definition.access,
            reason_pattern: flow.definition.reason_pattern,
            approvers,
        });
    }
    Ok(Catalogue { entries, more, any, now: session.now() })
}

/// The first few names, and how many more there are.
type Named = (Vec<String>, usize);

/// Who could approve each step if the actor asked now. `known` keeps what groups say: one of ten thousand may stand in every flow.
async fn names(
    living: &mut Living,
    known: &mut HashMap<GroupId, Named>,
    session: &mut Session,
    actor: &Actor,
    flow: &Flow,
) -> Result<Vec<Named>> {
    let mut out = Vec::with_capacity(flow.definition.steps.len());
    for step in &flow.definition.steps {
        let group = match &step.approvers {
            // Administrators are many and interchangeable: their names help nobody.
            Approvers::Administrator => {
                out.push((Vec::new(), 0));
                continue;
            }
            Approvers::Group { id, .. } => Some(*id),
            _ => None,
        };
        if let Some(named) = group.and_then(|group| known.get(&group)) {
            out.push(named.clone());
            continue;
        }
        let set = living.set(session, &step.approvers, actor.id, flow.resource).await?;
        let others = set.iter().filter(|person| person.id != actor.id);
        let named: Vec<String> = others.clone().take(NAMED).map(|person| person.name.clone()).collect();
        let more = others.count().saturating_sub(named.len());
        if let Some(group) = group {
            known.insert(group, (named.clone(), more));
        }
        out.push((named, more));
    }
    Ok(out)
}
