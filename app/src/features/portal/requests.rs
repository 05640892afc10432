//! Requests: my requests, and what I may ask for.

use crate::ctx::failed;
use crate::error::AppError;
use crate::markup::avatar::logo;
use crate::markup::badge::status_badge;
use crate::markup::field::Field;
use crate::markup::icon::{Icon, icon};
use crate::markup::pages::pages;
use crate::markup::progress::steps_view;
use crate::markup::state::{empty, search_note, trouble};
use crate::sheet::{Call, Sheet};
use crate::ui::time::relative;
use crate::ui::words::UNREMINDED;
use crate::ui::words::{FAILED, STUCK, cancel_words, required_words, span_words, status_word};
use domain::catalog::Access;
use domain::filter::encode_pairs;
use domain::flow::{ApproverKind, Approvers, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::request::{ApprovalType, CancelCause, Status};
use domain::time::Timestamp;
use domain::view::{Application, CatalogueEntry, Ended, MyRequest, QueueRow};
use maud::{Markup, html};
use services::portal::{Catalogue, Mine};

const PATH: &str = "/portal/requests";

/// Ended requests that stand above what may be asked for, unless one leafs through them.
const ENDED: usize = 3;

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn requests(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let counts = services::portal::counts(services, actor).await.map_err(failed)?;
    if !counts.requests_enabled {
        let hint = html! { "Your administrators have switched resource requests off." };
        let body = html! { (empty(Icon::Minus, "Requests are closed", &hint)) };
        return Ok(call.portal("Requests", &counts, &body));
    }
    let before = call.query("before").parse().ok().map(RequestNumber);
    let mut own = services::portal::my_requests(services, actor, before, call.query("mine")).await.map_err(failed)?;
    if before.is_none() && call.query("mine").is_empty() {
        shorten(&mut own, call.query("new").parse().ok().map(RequestNumber));
    }
    let (held, _) = services::portal::applications(services, actor).await.map_err(failed)?;
    // The offer that a link leads to, or whose form came back, is there whatever is searched for.
    let wanted = [call.form.value("flow"), call.query("flow").to_owned()];
    let wanted = wanted.iter().find_map(|id| id.parse::<FlowId>().ok());
    let found = services::portal::catalogue(services, actor, call.query("q"), wanted).await.map_err(failed)?;
    let asked = found.entries.iter().find(|entry| Some(entry.flow) == wanted).filter(|entry| {
        // What came back is shown with what is wrong, even when there is nothing to ask for any more.
        !call.form.value("flow").is_empty() || may_ask(entry)
    });
    let taken = own.requests.iter().find(|request| call.query("withdraw") == request.row.number.to_string());
    let taken = taken.filter(|request| can_withdraw(request));
    let body = html! {
        @if asked.is_none() && let Some(message) = call.form.message() { (trouble(&message)) }
        (mine(call, &own, &held))
        (catalogue(call, &found))
        @if let Some(entry) = asked { (ask_screen(call, entry)) } @else if let Some(request) = taken { (withdraw_screen(call, request)) }
    };
    Ok(call.portal("Requests", &counts, &body))
}

/// Keeps what is open, the newest that ended, and the one that was just acted on; the others are a page away.
fn shorten(own: &mut Mine, kept: Option<RequestNumber>) {
    let mut ended = 0;
    let mut last = None;
    own.requests.retain(|request| {
        if !request.status().is_terminal() {
            return true;
        }
        ended += 1;
        if ended <= ENDED {
            last = Some(request.row.number);
        }
        ended <= ENDED || Some(request.row.number) == kept
    });
    if ended > ENDED {
        own.next = last;
    }
}

/// The address of the page with what is searched for, and more.
fn here(call: &Call, more: &[(&str, &str)]) -> String {
    let typed = Some(("q", call.query("q"))).filter(|(_, typed)| !typed.is_empty());
    let pairs: Vec<(&str, &str)> = typed.into_iter().chain(more.iter().copied()).collect();
    format!("{PATH}?{}", encode_pairs(&pairs)).trim_end_matches('?').to_owned()
}

/// What may be asked for, and is searched for.
fn catalogue(call: &Call, found: &Catalogue) -> Markup {
    html! {
        section #ask tabindex="-1" {
            @if !call.query("ask").is_empty() { span hidden data-focus="ask" {} }
            h2 { "Ask for access" }
            form.search method="get" action=(PATH) role="search" data-live {
                (icon(Icon::Search))
                input #search-catalogue type="search" name="q" value=(call.query("q")) maxlength="200" autocomplete="off"
                    aria-label="Search what you need" placeholder="Search what you need";
            }
            div #catalogue data-part {
                @if let Some(note) = search_note(call.query("q"), "names") { (note) }
                @if !found.any {
                    div.card { (empty(Icon::Apps, "Nothing to ask for yet", &html! { "Your administrators have set nothing up that you could ask for." })) }
                } @else if found.entries.is_empty() {
                    div.card { (empty(Icon::Search, "Nothing found", &html! { a href=(PATH) { "Show everything" } })) }
                } @else {
                    div.tiles { @for entry in &found.entries { article.tile { (offer(call, entry, found.now)) } } }
                    @if found.more > 0 { p.sub { "And " (found.more) " more: search for what you need." } }
                }
            }
        }
    }
}

fn mine(call: &Call, own: &Mine, held: &[Application]) -> Markup {
    let shown = call.query("new").parse().ok().map(RequestNumber);
    let shown = own.requests.iter().find(|request| Some(request.row.number) == shown);
    let typed = call.query("mine");
    let older = own.next.map(|next| {
        let query = encode_pairs(&[("mine", typed), ("before", &next.to_string())]);
        format!("{PATH}?{query}#my-requests")
    });
    let newest = (!call.query("before").is_empty()).then(|| here(call, &[("mine", typed)]));
    let searchable = !typed.is_empty() || own.next.is_some() || newest.is_some();
    html! {
        section #my-requests {
            @if let Some(request) = shown { span hidden data-focus={ "request-" (request.row.number) } {} }
            h1 { "My requests" }
            @if searchable {
                form.search method="get" action=(PATH) role="search" data-live {
                    (icon(Icon::Search))
                    input #search-mine type="search" name="mine" value=(typed) maxlength="200" autocomplete="off"
                        aria-label="Search my requests" placeholder="Search my requests";
                }
            }
            div #mine data-part {
            @if let Some(note) = search_note(typed, "the number") { (note) }
            @if own.requests.is_empty() && !typed.trim().is_empty() {
                div.card { (empty(Icon::Search, "Nothing found", &html! { a href=(PATH) { "Show all my requests" } })) }
            } @else if own.requests.is_empty() {
                div.card { (empty(Icon::Queue, "No requests yet", &html! { "What you ask for appears here with its progress." })) }
            } @else {
                div.card.rows { @for request in &own.requests { (my_request(call, request, own, held)) } }
            }
            (pages(newest.as_deref().map(|href| (href, "Newest requests")), older.as_deref().map(|href| (href, "Older requests"))))
            }
        }
    }
}

fn my_request(call: &Call, request: &MyRequest, own: &Mine, held: &[Application]) -> Markup {
    let (row, now) = (&request.row, own.now);
    let number = row.number.0;
    let same = |other: &&MyRequest| other.row.resource == row.resource && !other.status().is_terminal();
    let open = own.requests.iter().find(same);
    html! {
        article.line id={ "request-" (number) } tabindex="-1" {
            (logo(&row.resource, &row.look))
            div.grow {
                div.name { (row.resource) }
                @match &request.ended {
                    Some(end) => div.sub { (ended(row, end)) " " (relative(end.at, now)) (why(end)) },
                    None => {
                        div.sub { (stands(request)) }
                        @if request.unreminded { div.sub { (UNREMINDED) } }
                        div.sub { "Asked " (relative(row.submitted_at, now)) ": " (request.reason) }
                    }
                }
                @if let Some(steps) = &request.steps {
                    details.progress { summary { "Approval progress" } (steps_view(steps, now)) }
                }
            }
            (status_badge(row.status, row.in_flight))
            @if can_withdraw(request) {
                a.button.quiet href=(here(call, &[("withdraw", &number.to_string())])) data-noscroll aria-label={ "Withdraw request " (number) } { "Withdraw…" }
            } @else if row.status.is_terminal() && open.is_none() && !held.iter().any(|one| one.resource == row.resource) {
                a.button.quiet href={ (PATH) "?" (encode_pairs(&[("q", &row.resource), ("ask", "1")])) "#ask" } aria-label={ "Ask again for " (row.resource) } { "Ask again" }
            }
        }
    }
}

fn can_withdraw(request: &MyRequest) -> bool {
    !request.row.in_flight && !request.status().is_terminal()
}

/// How an open request stands: whom it waits for, and how far it is.
fn stands(request: &MyRequest) -> String {
    let row = &request.row;
    match row.status {
        _ if row.in_flight => return "Being carried out.".to_owned(),
        Status::MissingData => return STUCK.to_owned(),
        Status::Error => return FAILED.to_owned(),
        _ => {}
    }
    // Where the organisation does not show the progress, whose turn it is stays unsaid as well.
    let Some(waits) = row.waiting_on.as_ref().filter(|_| request.steps.is_some()) else {
        return "Waiting for a decision.".to_owned();
    };
    let who = match waits.kind {
        _ if !waits.name.is_empty() => waits.name.as_str(),
        ApproverKind::Administrator => "an administrator",
        ApproverKind::Manager => "your manager",
        ApproverKind::Owner => "the owner of the resource",
        ApproverKind::Group | ApproverKind::People => "its approvers",
    };
    let agreed =
        if waits.needed > 1 { format!(", {} of {} agreed", waits.agreed, waits.needed) } else { String::new() };
    let step = if waits.steps > 1 { format!(", step {} of {}", waits.step, waits.steps) } else { String::new() };
    format!("Waiting for {who}{agreed}{step}.")
}

/// How a request ended, for the person who asked.
fn ended(row: &QueueRow, end: &Ended) -> String {
    match (row.status, end.cancel, &end.by) {
        (Status::Canceled, Some(CancelCause::Withdrawn), _) => "Withdrawn by you".to_owned(),
        (Status::Canceled, Some(cause), _) => format!("Canceled, because {},", cancel_words(cause)),
        (Status::Expired, ..) => "Nobody decided in time: it expired".to_owned(),
        (Status::Approved, _, _) if row.approval_type == ApprovalType::Automatic => "Given at once".to_owned(),
        (Status::Approved, _, Some(by)) => format!("Granted by {by}"),
        (Status::Denied, _, Some(by)) => format!("Denied by {by}"),
        (status, ..) => status_word(status).to_owned(),
    }
}

fn why(end: &Ended) -> Markup {
    html! {
        @if let Some(text) = &end.reason { ": “" (text) "”" }
        @if let Some(text) = &end.next_steps { " Next: " (text) }
    }
}

fn withdraw_screen(call: &Call, request: &MyRequest) -> Markup {
    let row = &request.row;
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Withdraw your request for " (row.resource) }
            form method="post" action={ (PATH) "/" (row.number) "/withdraw" } {
                div.dialog-body { p { "Nobody decides on request #" (row.number) " any more. You can ask again at any time." } }
                footer {
                    a.button href=(here(call, &[])) data-noscroll data-leave { "Keep it" }
                    button.button.danger type="submit" autofocus { "Withdraw" }
                }
            }
        }
    }
}

/// Who must agree, step by step, with those who could today.
fn agreement(entry: &CatalogueEntry) -> Markup {
    if entry.steps.is_empty() {
        return html! { p.sub { "Given at once." } };
    }
    let nobody = (Vec::new(), 0);
    html! {
        details.agree {
            summary { "Approved by " (short(&entry.steps)) }
            ol {
                @for (index, step) in entry.steps.iter().enumerate() {
                    @let (names, more) = entry.approvers.get(index).unwrap_or(&nobody);
                    li {
                        b { (who(step)) } ", " (required_words(step.required))
                        @if !names.is_empty() {
                            ": " (names.join(", ")) @if *more > 0 { " and " (more) " more" }
                        } @else if !matches!(step.approvers, Approvers::Administrator) {
                            ": nobody today, so an administrator will have to help"
                        }
                    }
                }
            }
        }
    }
}

fn who(step: &Step) -> String {
    match &step.approvers {
        Approvers::Manager => "Your manager".to_owned(),
        Approvers::Group { name, .. } => name.clone(),
        Approvers::People { .. } => "Named people".to_owned(),
        Approvers::Owner => "Owner of the resource".to_owned(),
        Approvers::Administrator => "An administrator".to_owned(),
    }
}

fn short(steps: &[Step]) -> String {
    let lower = |step: &Step| match &step.approvers {
        Approvers::Group { name, .. } => name.clone(),
        _ => who(step).to_lowercase(),
    };
    steps.iter().map(lower).collect::<Vec<_>>().join(", then ")
}

/// Whether there is anything to ask for: not what is held for good, and not what was asked for already.
fn may_ask(entry: &CatalogueEntry) -> bool {
    entry.open.is_none() && (!entry.held || entry.until.is_some())
}

const fn ask_word(entry: &CatalogueEntry) -> &'static str {
    if entry.until.is_some() { "More time" } else { "Select" }
}

fn offer(call: &Call, entry: &CatalogueEntry, now: Timestamp) -> Markup {
    let action = ask_word(entry);
    html! {
        div.who {
            (logo(&entry.resource, &entry.look))
            div {
                h3.name { (entry.resource) }
                // Two ways to the same resource are told apart by their flows.
                div.sub { (entry.category) @if entry.flow_name != entry.resource { " · " (entry.flow_name) } }
            }
        }
        @if !entry.description.is_empty() { p.about { (entry.description) } }
        (agreement(entry))
        @if let Some(until) = entry.until { p.sub { "You have this, it ends " (relative(until, now)) } }
        @if let Some(number) = entry.open {
            a.button href={ "#request-" (number) } { "Request is open" }
        } @else if may_ask(entry) {
            a.button href=(here(call, &[("flow", &entry.flow.to_string())])) data-noscroll aria-label={ (action) " " (entry.resource) } { (action) }
        } @else {
            p.sub { "You have this" }
        }
    }
}

/// The screen on which somebody asks, with what was typed and what is wrong.
fn ask_screen(call: &Call, entry: &CatalogueEntry) -> Markup {
    let form = &call.form;
    let pattern = entry.reason_pattern.as_ref();
    let pattern = pattern.map(|pattern| format!(" {}", crate::error::must_contain(pattern))).unwrap_or_default();
    let asked = form.value("duration");
    let (value, error) = (form.value("reason"), form.error_at("reason"));
    let reason = Field {
        name: "reason",
        label: "Reason",
        hint: &format!("Why do you need it?{pattern}"),
        value: &value,
        error: error.as_deref(),
        required: true,
        autofocus: true,
        ..Field::default()
    };
    let title = if entry.until.is_some() { "Ask for more time for " } else { "Ask for " };
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { (title) (entry.resource) }
            form method="post" action=(here(call, &[])) {
                input type="hidden" name="flow" value=(entry.flow);
                div.dialog-body {
                    @if let Some(message) = form.message() { (trouble(&message)) }
                    @if let Some(text) = form.error_at("flow").or_else(|| form.error_at("duration")) { (trouble(&text)) }
                    (reason.text_area())
                    @match &entry.access {
                        Access::Permanent => {}
                        Access::Fixed(span) => {
                            input type="hidden" name="duration" value=(span);
                            p.sub { "Access lasts " (span_words(*span)) "." }
                        }
                        Access::Choices(spans) => {
                            div.field {
                                label for="field-duration" { "For how long" }
                                select #field-duration name="duration" {
                                    // What was chosen stays chosen until another is, offered any more or not.
                                    @if !asked.is_empty() && !spans.iter().any(|span| span.to_string() == asked) {
                                        option value=(asked) selected { (asked) " (not offered)" }
                                    }
                                    @for span in spans {
                                        option value=(span) selected[span.to_string() == asked] { (span_words(*span)) }
                                    }
                                }
                            }
                        }
                    }
                }
                footer {
                    a.button href=(here(call, &[])) data-noscroll data-leave { "Cancel" }
                    button.button.primary type="submit" { "Continue" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::stands;
    use domain::flow::ApproverKind;
    use domain::ids::RequestNumber;
    use domain::request::{ApprovalType, CancelCause, Lane, Status};
    use domain::time::Timestamp;
    use domain::view::{Ended, Look, MyRequest, QueueRow, WaitingOn};

    fn end(by: Option<&str>, cancel: Option<CancelCause>) -> Ended {
        Ended {
            at: Timestamp(0),
            by: by.map(str::to_owned),
            reason: None,
            next_steps: None,
            overridden: false,
            cancel,
            granted: None,
            access_ends_at: None,
        }
    }

    #[test]
    fn how_a_request_ended_is_said_to_the_person_who_asked() {
        let ended = |status, kind, end: &Ended| super::ended(&QueueRow { status, approval_type: kind, ..row() }, end);
        let manual = |status, end: &Ended| ended(status, ApprovalType::Manual, end);
        let withdrawn = end(Some("Ada"), Some(CancelCause::Withdrawn));
        assert_eq!(manual(Status::Canceled, &withdrawn), "Withdrawn by you");
        let gone = end(None, Some(CancelCause::FlowDeleted));
        assert_eq!(manual(Status::Canceled, &gone), "Canceled, because its approval flow was deleted,");
        assert_eq!(manual(Status::Expired, &end(None, None)), "Nobody decided in time: it expired");
        assert_eq!(ended(Status::Approved, ApprovalType::Automatic, &end(None, None)), "Given at once");
        // Somebody decided, whoever it was: it was not given at once.
        assert_eq!(manual(Status::Approved, &end(None, None)), "Approved");
        assert_eq!(manual(Status::Approved, &end(Some("Ada"), None)), "Granted by Ada");
        assert_eq!(manual(Status::Denied, &end(Some("Ada"), None)), "Denied by Ada");
    }

    fn row() -> QueueRow {
        QueueRow {
            number: RequestNumber(7),
            version: 1,
            lane: Lane::Others,
            status: Status::Pending,
            in_flight: false,
            needs_confirmation: false,
            approval_type: ApprovalType::Manual,
            requester: String::new(),
            email: String::new(),
            department: String::new(),
            resource: "NetSuite".to_owned(),
            look: Look::default(),
            category: String::new(),
            flow: String::new(),
            waiting_on: None,
            submitted_at: Timestamp(0),
            expires_at: None,
            own: true,
        }
    }

    fn pending(waits: WaitingOn, progress: bool) -> MyRequest {
        let row = QueueRow { waiting_on: Some(waits), ..row() };
        let steps = progress.then(Vec::new);
        MyRequest { row, reason: String::new(), requested: None, steps, ended: None, unreminded: false }
    }

    #[test]
    fn an_open_request_says_whom_it_waits_for_and_how_far_it_is() {
        let waits =
            |kind, name: &str, needed| WaitingOn { kind, name: name.to_owned(), agreed: 1, needed, step: 2, steps: 3 };
        let manager = pending(waits(ApproverKind::Manager, "", 1), true);
        assert_eq!(stands(&manager), "Waiting for your manager, step 2 of 3.");
        let group = pending(waits(ApproverKind::Group, "Security", 2), true);
        assert_eq!(stands(&group), "Waiting for Security, 1 of 2 agreed, step 2 of 3.");
        let unsaid = pending(waits(ApproverKind::Group, "Security", 2), false);
        assert_eq!(stands(&unsaid), "Waiting for a decision.");
    }
}
