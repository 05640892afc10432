//! Turning a sheet: the page is asked for as a browser without WebAssembly would ask for it, and what came is painted in place.

use crate::ui::dialog::{self, all, set_value};
use crate::ui::live::Announcer;
use crate::ui::submit::Sent;
use leptos::prelude::*;
use leptos_router::location::Location;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, DomParser, Element, HtmlElement, HtmlFormElement, RequestInit, Response, SupportedType};

/// Id of the element around a sheet.
pub(super) const SHEET: &str = "sheet";

/// Goes to an address by the router, replacing the one before or not.
type Go = Box<dyn Fn(&str, bool) + Send + Sync>;

/// Turns the sheet over.
#[derive(Clone, Copy)]
pub(super) struct Turner {
    announcer: Announcer,
    go: StoredValue<Go>,
    /// The address whose page is painted.
    shown: StoredValue<String>,
    /// Of several pages that are asked for, only the last is painted.
    asked: StoredValue<u32>,
    sending: StoredValue<Option<Sending>>,
}

/// A form that is under way.
#[derive(Clone, Copy)]
struct Sending {
    turn: u32,
    /// It only asks what the form would mean, and changes nothing.
    look: bool,
}

/// A page that came, and how to paint it.
struct Came {
    page: Document,
    address: String,
    redirected: bool,
}

/// The address that the router is at, when it is not another view's.
pub(super) fn asked_for(location: &Location) -> Option<String> {
    let path = location.pathname.get();
    let search = location.search.get();
    (!crate::routes::is_component(&path)).then(|| join(&path, &search))
}

fn join(path: &str, search: &str) -> String {
    let search = search.trim_start_matches('?');
    if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") }
}

impl Turner {
    pub(super) fn new(announcer: Announcer, go: impl Fn(&str, bool) + Send + Sync + 'static) -> Self {
        Self {
            announcer,
            go: StoredValue::new(Box::new(go)),
            shown: StoredValue::new(String::new()),
            asked: StoredValue::new(0),
            sending: StoredValue::new(None),
        }
    }

    /// Whether the page came with a sheet.
    pub(super) fn is_there(self) -> bool {
        cfg!(feature = "hydrate") && sheet().is_some()
    }

    /// Takes over what the server painted.
    pub(super) fn take(self, here: &Option<String>) {
        self.shown.set_value(here.clone().unwrap_or_default());
        dialog::wake(SHEET);
    }

    /// Goes to an address by the router, so that it stands in the history.
    fn visit(self, href: &str, replace: bool) {
        self.go.with_value(|go| go(href, replace));
    }

    /// Asks for the page of an address, unless it is painted.
    pub(super) fn turn(self, here: String) {
        if self.shown.with_value(|shown| *shown == here) {
            return;
        }
        let live = live_focus();
        // A second screen over the page under it, or away from it: what was typed there stays.
        let stays = self.shown.with_value(|shown| path_of(shown) == path_of(&here));
        let turn = self.next();
        self.shown.set_value(here.clone());
        leptos::task::spawn_local(async move {
            let came = fetch(&here, None).await;
            if self.asked.get_value() != turn {
                return;
            }
            match came {
                Some(came) if live => paint_parts(&came.page),
                Some(came) => self.paint(&came, stays.then_some(""), None),
                None => load(&here),
            }
        });
    }

    fn next(self) -> u32 {
        self.asked.update_value(|asked| *asked = asked.wrapping_add(1));
        self.asked.get_value()
    }

    /// Sends a form.
    pub(super) fn submit(self, event: &leptos::ev::SubmitEvent) {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        if form.has_attribute("data-whole") {
            return;
        }
        if let Some(sent) = Sent::take(event, "get") {
            return self.visit(&sent.address(), false);
        }
        let Some(sent) = Sent::take(event, "post") else { return };
        // What is pressed during a look overtakes it; everything else is sent once, however often it is pressed.
        if self.sending.get_value().is_some_and(|sending| !sending.look) {
            return;
        }
        let look = event.submitter().is_some_and(|button| button.get_attribute("value").as_deref() == Some("look"));
        let _ = form.set_attribute("aria-busy", "true");
        let turn = self.next();
        self.sending.set_value(Some(Sending { turn, look }));
        leptos::task::spawn_local(async move {
            let came = fetch(&sent.path, Some(&sent.body)).await;
            if self.sending.get_value().is_some_and(|sending| sending.turn == turn) {
                self.sending.set_value(None);
                let _ = form.remove_attribute("aria-busy");
            }
            match came {
                Some(came) if self.asked.get_value() == turn => {
                    self.paint(&came, None, Some(&sent.path));
                    if came.redirected {
                        self.arrive(&came.address);
                    }
                }
                Some(_) => {}
                None => self.announcer.say("Doorward cannot be reached. Nothing was sent; try again.".to_owned()),
            }
        });
    }

    /// The address bar follows where a form led to.
    fn arrive(self, address: &str) {
        let same = self.shown.with_value(|shown| path_of(shown) == path_of(address));
        self.shown.set_value(address.to_owned());
        self.visit(address, same);
    }

    /// The form that answers as one types, around the field in which one types.
    pub(super) fn live_form(self, event: &leptos::ev::Event) -> Option<HtmlFormElement> {
        let field = event.target()?.dyn_into::<Element>().ok()?;
        field.closest("form[data-live]").ok()??.dyn_into().ok()
    }

    /// Looks for what is typed in a form, without a step in the history.
    pub(super) fn look(self, form: &HtmlFormElement) {
        if let Some(sent) = Sent::read(form, None) {
            self.visit(&sent.address(), true);
        }
    }

    /// A choice changes what the rest of an editor shows: it is looked at anew, as by its hidden button.
    pub(super) fn look_again(self, event: &leptos::ev::Event) {
        let field = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(field) = field.filter(|field| field.has_attribute("data-look")) else { return };
        let Some(form) = field.closest("form").ok().flatten() else { return };
        let Some(button) = form.query_selector("button[value=look]").ok().flatten() else { return };
        if let Ok(button) = button.dyn_into::<HtmlElement>() {
            button.click();
        }
    }

    fn paint(self, came: &Came, stays: Option<&str>, sent: Option<&str>) {
        let (Some(here), Some(next)) = (sheet(), came.page.get_element_by_id(SHEET)) else {
            if sent.is_some() {
                return self.announcer.say("That did not work. What you typed is still here; try again.".to_owned());
            }
            return load(&came.address);
        };
        let kept = Kept::of(stays.or(sent));
        here.set_inner_html(&next.inner_html());
        document().set_title(&came.page.title());
        kept.restore(&here);
        let said = came.page.query_selector(".toast span").ok().flatten().and_then(|said| said.text_content());
        if let Some(said) = said.filter(|said| !said.trim().is_empty()) {
            self.announcer.say(said);
        }
        dialog::wake(SHEET);
        kept.focus();
    }
}

fn path_of(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}

fn sheet() -> Option<Element> {
    document().get_element_by_id(SHEET)
}

fn load(href: &str) {
    let _ = window().location().assign(href);
}

/// Whether somebody types into a form that answers as one types: then only its answers are painted.
fn live_focus() -> bool {
    let active = document().active_element();
    active.is_some_and(|active| active.closest("form[data-live]").ok().flatten().is_some())
}

async fn fetch(href: &str, body: Option<&JsValue>) -> Option<Came> {
    let options = RequestInit::new();
    if let Some(body) = body {
        options.set_method("POST");
        options.set_body(body);
    }
    let response = JsFuture::from(window().fetch_with_str_and_init(href, &options)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let page = DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok()?;
    let url = web_sys::Url::new(&response.url()).ok()?;
    Some(Came { page, address: join(&url.pathname(), &url.search()), redirected: response.redirected() })
}

fn paint_parts(page: &Document) {
    for part in all(SHEET, "[data-part]") {
        if let Some(next) = page.get_element_by_id(&part.id()) {
            part.set_inner_html(&next.inner_html());
        }
    }
}

/// What a person left on the page that is painted over: half-written fields of other forms, open disclosures, the focus.
struct Kept {
    values: Vec<(String, String)>,
    open: Vec<String>,
    focus: Option<String>,
}

impl Kept {
    fn of(sent: Option<&str>) -> Self {
        let Some(path) = sent else { return Self { values: Vec::new(), open: Vec::new(), focus: focused() } };
        let mut values = Vec::new();
        for field in all(SHEET, "form[method=post] :is(input, textarea)[id]") {
            let form = field.closest("form").ok().flatten().and_then(|form| form.get_attribute("action"));
            // Of the form that was sent the answer knows what was typed.
            if form.is_some_and(|action| path.is_empty() || !action.starts_with(path))
                && let Some((value, first)) = value_of(&field)
                && value != first
            {
                values.push((field.id(), value));
            }
        }
        let open = all(SHEET, "details[open][id]").iter().map(Element::id).collect();
        Self { values, open, focus: focused() }
    }

    fn restore(&self, here: &Element) {
        for (id, value) in &self.values {
            if let Some(field) = document().get_element_by_id(id).filter(|field| here.contains(Some(field))) {
                set_value(&field, value);
            }
        }
        for id in &self.open {
            if let Some(details) = document().get_element_by_id(id) {
                let _ = details.set_attribute("open", "");
            }
        }
    }

    /// On what is wrong, on what a second screen begins with, where it was, or on the page.
    fn focus(&self) {
        let first = |selector: &str| document().query_selector(selector).ok().flatten();
        let wrong = first("#sheet [aria-invalid=true], #sheet dialog[open] [autofocus]");
        let named = first("#sheet [data-focus]").and_then(|found| found.get_attribute("data-focus"));
        let named = named.and_then(|id| document().get_element_by_id(&id));
        let before = self.focus.as_ref().and_then(|id| document().get_element_by_id(id));
        let inside = focused().is_some_and(|id| !id.is_empty());
        let Some(found) =
            wrong.or(named).or(if inside { None } else { before.or_else(|| document().get_element_by_id("main")) })
        else {
            return;
        };
        if let Ok(found) = found.dyn_into::<HtmlElement>() {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(found.id() == "main");
            let _ = found.focus_with_options(&options);
        }
    }
}

fn focused() -> Option<String> {
    document().active_element().map(|active| active.id()).filter(|id| !id.is_empty())
}

fn value_of(field: &Element) -> Option<(String, String)> {
    if let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>() {
        return (input.type_() != "password").then(|| (input.value(), input.default_value()));
    }
    let area = field.dyn_ref::<web_sys::HtmlTextAreaElement>()?;
    Some((area.value(), area.default_value().ok()?))
}
