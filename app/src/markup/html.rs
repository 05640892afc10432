//! Markup without behaviour of its own.
//!
//! A page of the queue is two thousand elements, of which a dozen do something by themselves: links are followed by the
//! router, popovers and disclosures open by themselves. What does nothing is written as text by [`maud`], which escapes, and
//! enters the view as one piece: rendering it costs what writing the text costs, and the browser's half carries no code for
//! each of its elements (`docs/performance.md`). What has behaviour is a Leptos view around it.

use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::CastFrom;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use wasm_bindgen::JsCast;

/// Escaped markup with exactly one root element; inside other markup, and inside a view.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Html(String);

#[cfg(feature = "ssr")]
impl From<maud::Markup> for Html {
    fn from(markup: maud::Markup) -> Self {
        Self(markup.0)
    }
}

#[cfg(feature = "ssr")]
impl maud::Render for Html {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&self.0);
    }
}

impl Html {
    /// The element that the server wrote at this place, whatever it is; an empty one where there is none.
    #[must_use]
    pub fn there() -> Self {
        Self("<div></div>".to_owned())
    }

    fn element(&self) -> Element {
        let template = document().create_element("template");
        let template = template.unwrap_or_else(|_| unreachable!("every document can make a template"));
        template.set_inner_html(&self.0);
        let root = template.unchecked_ref::<web_sys::HtmlTemplateElement>().content().first_element_child();
        root.unwrap_or_else(|| unreachable!("markup has a root: {}", self.0))
    }
}

/// What the browser keeps of [`Html`]: the text, to see whether it changed, and its root.
#[derive(Debug)]
pub struct HtmlState(String, Element);

impl Mountable for HtmlState {
    fn unmount(&mut self) {
        self.1.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.1.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.1.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.1.clone()]
    }
}

impl Render for Html {
    type State = HtmlState;

    fn build(self) -> HtmlState {
        let element = self.element();
        HtmlState(self.0, element)
    }

    fn rebuild(self, state: &mut HtmlState) {
        if self.0 != state.0 {
            let mut element = self.element();
            state.1.insert_before_this(&mut element);
            state.1.unmount();
            *state = HtmlState(self.0, element);
        }
    }
}

impl AddAnyAttr for Html {
    type Output<NewAttr: Attribute> = Self;

    /// Attributes from outside have nowhere to go.
    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Html {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn html_len(&self) -> usize {
        self.0.len()
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        buf.push_str(&self.0);
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> HtmlState {
        match position.get() {
            Position::Current => {}
            Position::FirstChild => cursor.child(),
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        // Without an element here the page is not the one that the server rendered; a fresh one does no harm.
        let element = Element::cast_from(cursor.current()).unwrap_or_else(|| self.element());
        HtmlState(self.0, element)
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::Html;
    use leptos::prelude::*;

    #[test]
    fn what_people_typed_is_text() {
        let typed = r#""><script>alert('1')</script>&amp;"#;
        let html = Html::from(maud::html! { p title=(typed) { (typed) } });
        let shown = r#"<p title="&quot;&gt;&lt;script&gt;alert('1')&lt;/script&gt;&amp;amp;">&quot;&gt;&lt;script&gt;alert('1')&lt;/script&gt;&amp;amp;</p>"#;
        assert_eq!(html.clone().to_html(), shown);
        assert_eq!(maud::html! { (html) }.0, shown, "and is not escaped twice");
    }
}
