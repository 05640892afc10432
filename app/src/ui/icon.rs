//! Icons, drawn for Doorward on a grid of sixteen. Inline: a `<use>` of a sprite makes a tree of its own for each of the two
//! hundred icons of a page, which took half of the time to paint one (`docs/performance.md`).

use super::html::Html;
use maud::{PreEscaped, html};

/// The shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Icon {
    Queue,
    Clock,
    Check,
    X,
    Minus,
    Warn,
    Info,
    Search,
    Filter,
    ChevronDown,
    ChevronRight,
    ArrowDown,
    ArrowUp,
    Dots,
    Download,
    Mail,
    Logout,
    Sun,
    Moon,
    Screen,
    Door,
    Link,
    Retry,
    External,
    Swap,
    Key,
    Apps,
    Menu,
    Flow,
    People,
    Settings,
    Audit,
    Plus,
}

impl Icon {
    const fn shape(self) -> &'static str {
        match self {
            Self::Queue => r#"<path d="M2.5 4h11M2.5 8h11M2.5 12h6"/>"#,
            Self::Clock => r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.2l2 1.3"/>"#,
            Self::Check => r#"<path d="M3.5 8.5l3 3 6-7"/>"#,
            Self::X => r#"<path d="M4 4l8 8M12 4l-8 8"/>"#,
            Self::Minus => r#"<path d="M4 8h8"/>"#,
            Self::Warn => r#"<path d="M8 2.5l6 10.5H2zM8 6.5v3M8 11.4v.1"/>"#,
            Self::Info => r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 7.5V11M8 5.2v.1"/>"#,
            Self::Search => r#"<circle cx="7" cy="7" r="4.2"/><path d="M10.2 10.2L14 14"/>"#,
            Self::Filter => r#"<path d="M2 3h12l-4.7 5.5V13L6.7 11.5v-3z"/>"#,
            Self::ChevronDown => r#"<path d="M4 6l4 4 4-4"/>"#,
            Self::ChevronRight => r#"<path d="M6 4l4 4-4 4"/>"#,
            Self::ArrowDown => r#"<path d="M8 3v10M4.5 9.5L8 13l3.5-3.5"/>"#,
            Self::ArrowUp => r#"<path d="M8 13V3M4.5 6.5L8 3l3.5 3.5"/>"#,
            Self::Dots => r#"<path d="M8 3.5v.1M8 8v.1M8 12.5v.1" stroke-width="2.4"/>"#,
            Self::Download => r#"<path d="M8 2.5v7M5 7l3 3 3-3M3 13h10"/>"#,
            Self::Mail => r#"<rect x="2" y="3.5" width="12" height="9" rx="1.5"/><path d="M2.5 4.5L8 9l5.5-4.5"/>"#,
            Self::Logout => r#"<path d="M6.5 3H3.5v10h3M7 8h6.5M11 5.5L13.5 8 11 10.5"/>"#,
            Self::Sun => {
                r#"<circle cx="8" cy="8" r="2.8"/><path d="M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1"/>"#
            }
            Self::Moon => r#"<path d="M13 9.5A5.5 5.5 0 016.5 3a5.5 5.5 0 106.5 6.5z"/>"#,
            Self::Screen => r#"<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M6 13.5h4"/>"#,
            Self::Door => r#"<path d="M3.5 13.5V7a4.5 4.5 0 019 0v6.5M2.5 13.5h11M9.5 9.2v.1"/>"#,
            Self::Link => {
                r#"<path d="M6.5 9.5l3-3M7 4.5l1.2-1.2a2.8 2.8 0 014 4L11 8.5M9 11.5l-1.2 1.2a2.8 2.8 0 01-4-4L5 7.5"/>"#
            }
            Self::Retry => r#"<path d="M13 8a5 5 0 11-1.5-3.6M13 2.5v2.8h-2.8"/>"#,
            Self::External => r#"<path d="M9.5 3H13v3.5M13 3L7.5 8.5M11 9.5V13H3V5h3.5"/>"#,
            Self::Swap => r#"<path d="M3 6h9M9.5 3.5L12 6 9.5 8.5M13 10.5H4M6.5 8L4 10.5 6.5 13"/>"#,
            Self::Key => r#"<circle cx="5.5" cy="8" r="2.5"/><path d="M8 8h6M12 8v2.2M14 8v1.6"/>"#,
            Self::Apps => {
                r#"<rect x="2.5" y="2.5" width="4.5" height="4.5" rx="1"/><rect x="9" y="2.5" width="4.5" height="4.5" rx="1"/><rect x="2.5" y="9" width="4.5" height="4.5" rx="1"/><rect x="9" y="9" width="4.5" height="4.5" rx="1"/>"#
            }
            Self::Menu => r#"<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11"/>"#,
            Self::Flow => {
                r#"<circle cx="4" cy="4" r="1.8"/><circle cx="12" cy="8" r="1.8"/><circle cx="4" cy="12" r="1.8"/><path d="M5.8 4.3l4.5 2.9M5.8 11.7l4.5-2.9"/>"#
            }
            Self::People => {
                r#"<circle cx="6" cy="5.5" r="2.3"/><path d="M2 13a4 4 0 018 0M10.5 3.6a2.3 2.3 0 010 3.9M11.5 9.4A4 4 0 0114 13"/>"#
            }
            Self::Settings => {
                r#"<path d="M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6"/><circle cx="10" cy="5" r="1.6"/><circle cx="6" cy="11" r="1.6"/>"#
            }
            Self::Audit => r#"<path d="M4 2.5h6L12.5 5v8.5H4zM6 7h4.5M6 9.5h4.5M6 4.7h2"/>"#,
            Self::Plus => r#"<path d="M8 3.5v9M3.5 8h9"/>"#,
        }
    }
}

/// An icon. Decoration: what it means stands in words beside it.
#[must_use]
pub fn icon(icon: Icon) -> Html {
    html! { svg.icon viewBox="0 0 16 16" aria-hidden="true" focusable="false" { (PreEscaped(icon.shape())) } }.into()
}
