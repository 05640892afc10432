//! An organisation with an administrator that tells channels of its events.

use crate::support::{Bench, engines, networks, outbound};
use domain::catalog::Access;
use domain::channel::EVENTS;
use domain::flow::{Approvers, Definition, Required, Step};
use domain::ids::{ChannelId, FlowId, GroupId, MessageId};
use domain::people::Actor;
use domain::request::ApprovalType;
use serde_json::json;
use server::jobs::news::drain_once;
use server::outbound::Outbound;
use services::Origin;
use services::channels::{ChannelDraft, Told};
use store::channels::News;
use store::directory::{groups, resources};

pub const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const LOCAL: &[&str] = &["127.0.0.0/8"];
pub const SECOND: i64 = 1_000_000;

/// An organisation that may call this machine, with an administrator.
pub struct House {
    pub bench: Bench,
    pub admin: Actor,
    pub outbound: Outbound,
}

pub async fn house(mut bench: Bench) -> House {
    bench.services = bench.services.allowing(networks(LOCAL));
    let admin = bench.admin("ada@x.test").await;
    House { bench, admin, outbound: outbound(LOCAL) }
}

pub async fn houses() -> Vec<House> {
    let mut out = Vec::new();
    for bench in engines().await {
        out.push(house(bench).await);
    }
    out
}

pub fn draft(name: &str, port: u16) -> ChannelDraft {
    ChannelDraft {
        name: name.to_owned(),
        url: format!("http://127.0.0.1:{port}/hooks/{{{{team}}}}"),
        headers: "X-Token: Bearer {{token}}".to_owned(),
        secrets: "team=T1-alpha\ntoken=s3cr3t-value".to_owned(),
        events: EVENTS.iter().map(|event| (*event).to_owned()).collect(),
        key: KEY.to_owned(),
        active: true,
        revision: 1,
    }
}

impl House {
    pub async fn channel(&self, draft: &ChannelDraft) -> ChannelId {
        self.saved(None, draft).await.expect("a channel")
    }

    pub async fn saved(&self, id: Option<ChannelId>, draft: &ChannelDraft) -> services::Result<ChannelId> {
        services::channels::save(&self.bench.services, &self.admin, id, draft, &Origin::default()).await
    }

    pub async fn seen(&self, id: ChannelId) -> services::channels::One {
        services::channels::one(&self.bench.services, &self.admin, id).await.expect("the channel")
    }

    /// Writes messages to a channel.
    pub async fn tell(&self, channel: ChannelId, count: usize) -> Vec<MessageId> {
        self.tell_of(channel, &vec!["approved"; count]).await
    }

    /// Writes messages of these events to a channel.
    pub async fn tell_of(&self, channel: ChannelId, events: &[&str]) -> Vec<MessageId> {
        let news = |event: &&str| News {
            id: MessageId(store::new_id()),
            channel,
            kind: (*event).to_owned(),
            request: None,
            payload: json!({ "type": event }),
        };
        let news: Vec<_> = events.iter().map(news).collect();
        let mut session = self.bench.services.store().write().await.expect("write");
        store::channels::tell(&mut session, &news).await.expect("told");
        session.commit().await.expect("commit");
        news.into_iter().map(|one| one.id).collect()
    }

    pub async fn told(&self, channel: ChannelId, id: MessageId) -> Told {
        self.seen(channel).await.history.into_iter().find(|told| told.id == id).expect("the message")
    }

    pub async fn test(&self, channel: ChannelId) {
        services::channels::test(&self.bench.services, &self.admin, channel, &Origin::default()).await.expect("a test");
    }

    pub async fn drain(&self, channel: ChannelId) {
        drain_once(&self.bench.services, &self.outbound, channel).await.expect("drained");
    }

    /// Writes a message, sends it, and what became of it.
    pub async fn sent(&self, channel: ChannelId) -> Told {
        let id = self.tell(channel, 1).await[0];
        self.drain(channel).await;
        self.told(channel, id).await
    }

    /// Seconds until a message is tried again.
    pub fn wait(&self, told: &Told) -> i64 {
        assert_eq!(told.state, "waiting", "{told:?}");
        (told.at.0 - self.bench.now()) / SECOND
    }

    pub async fn renew(&self, channel: ChannelId) -> String {
        let origin = Origin::default();
        services::channels::renew_key(&self.bench.services, &self.admin, channel, &origin).await.expect("a key")
    }
}

/// A flow in which administrators decide.
pub async fn flow(bench: &Bench) -> FlowId {
    flow_to(bench, "NetSuite").await.0
}

/// A flow to a resource with this name, in which administrators decide, and the group that it gives.
pub async fn flow_to(bench: &Bench, name: &str) -> (FlowId, GroupId) {
    let mut s = bench.services.store().write().await.expect("write");
    let group = groups::Group::new(&format!("{name} users"), "");
    groups::put(&mut s, std::slice::from_ref(&group)).await.expect("group");
    let resource = resources::Resource::new(name, "Systems");
    resources::put(&mut s, &resource).await.expect("resource");
    resources::set_groups(&mut s, resource.id, &[group.id]).await.expect("groups");
    let definition = Definition {
        approval_type: ApprovalType::Manual,
        group: group.id,
        group_name: group.name.clone(),
        visible_to: Vec::new(),
        steps: vec![Step { approvers: Approvers::Administrator, required: Required::Any }],
        access: Access::Permanent,
        reason_pattern: None,
    };
    let id = store::flows::insert(&mut s, name, "", resource.id, true, &definition).await.expect("flow");
    s.commit().await.expect("commit");
    (id, group.id)
}
