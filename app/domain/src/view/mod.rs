//! What pages show: plain data that use cases hand out and that crosses the wire.

mod detail;
mod flow;
mod look;
mod portal;
mod queue;

pub use detail::{
    ApproverLine, CallLine, Delivery, Ended, Permission, Permissions, Planned, RequestDetail, StepLine, StepState,
    Unconfirmed,
};
pub use flow::{FlowOpened, FlowPreview, StepPreview, StepTrouble};
pub use look::Look;
pub use portal::{Application, Approval, CatalogueEntry, MyRequest, PortalCounts};
pub use queue::{Counters, QueuePage, QueueRow, WaitingOn};
