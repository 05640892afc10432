//! Icons, drawn for Doorward on a grid of sixteen: one path each. Inline: a `<use>` of a sprite makes a tree of its own for each of
//! the two hundred icons of a page, which took half of the time to paint one (`docs/performance.md`).

use leptos::prelude::*;

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
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Queue => "M2.5 4h11M2.5 8h11M2.5 12h6",
            Self::Clock => "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0M8 5v3.2l2 1.3",
            Self::Check => "M3.5 8.5l3 3 6-7",
            Self::X => "M4 4l8 8M12 4l-8 8",
            Self::Minus => "M4 8h8",
            Self::Warn => "M8 2.5l6 10.5H2zM8 6.5v3M8 11.4v.1",
            Self::Info => "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0M8 7.5V11M8 5.2v.1",
            Self::Search => "M2.8 7a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0M10.2 10.2L14 14",
            Self::Filter => "M2 3h12l-4.7 5.5V13L6.7 11.5v-3z",
            Self::ChevronDown => "M4 6l4 4 4-4",
            Self::ChevronRight => "M6 4l4 4-4 4",
            Self::ArrowDown => "M8 3v10M4.5 9.5L8 13l3.5-3.5",
            Self::ArrowUp => "M8 13V3M4.5 6.5L8 3l3.5 3.5",
            Self::Dots => "M8 3.5v.1M8 8v.1M8 12.5v.1",
            Self::Download => "M8 2.5v7M5 7l3 3 3-3M3 13h10",
            Self::Mail => {
                "M3.5 3.5h9a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1 -1.5 1.5h-9a1.5 1.5 0 0 1 -1.5 -1.5v-6a1.5 1.5 0 0 1 1.5 -1.5zM2.5 4.5L8 9l5.5-4.5"
            }
            Self::Logout => "M6.5 3H3.5v10h3M7 8h6.5M11 5.5L13.5 8 11 10.5",
            Self::Sun => {
                "M5.2 8a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1"
            }
            Self::Moon => "M13 9.5A5.5 5.5 0 016.5 3a5.5 5.5 0 106.5 6.5z",
            Self::Screen => "M3 3h10a1 1 0 0 1 1 1v6a1 1 0 0 1 -1 1h-10a1 1 0 0 1 -1 -1v-6a1 1 0 0 1 1 -1zM6 13.5h4",
            Self::Door => "M3.5 13.5V7a4.5 4.5 0 019 0v6.5M2.5 13.5h11M9.5 9.2v.1",
            Self::Link => "M6.5 9.5l3-3M7 4.5l1.2-1.2a2.8 2.8 0 014 4L11 8.5M9 11.5l-1.2 1.2a2.8 2.8 0 01-4-4L5 7.5",
            Self::Retry => "M13 8a5 5 0 11-1.5-3.6M13 2.5v2.8h-2.8",
            Self::External => "M9.5 3H13v3.5M13 3L7.5 8.5M11 9.5V13H3V5h3.5",
            Self::Swap => "M3 6h9M9.5 3.5L12 6 9.5 8.5M13 10.5H4M6.5 8L4 10.5 6.5 13",
            Self::Key => "M3 8a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0M8 8h6M12 8v2.2M14 8v1.6",
            Self::Apps => {
                "M3.5 2.5h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1zM10 2.5h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1zM3.5 9h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1zM10 9h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1z"
            }
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Flow => {
                "M2.2 4a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0M10.2 8a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0M2.2 12a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0M5.8 4.3l4.5 2.9M5.8 11.7l4.5-2.9"
            }
            Self::People => {
                "M3.7 5.5a2.3 2.3 0 1 0 4.6 0a2.3 2.3 0 1 0 -4.6 0M2 13a4 4 0 018 0M10.5 3.6a2.3 2.3 0 010 3.9M11.5 9.4A4 4 0 0114 13"
            }
            Self::Settings => {
                "M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M8.4 5a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0M4.4 11a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0"
            }
            Self::Audit => "M4 2.5h6L12.5 5v8.5H4zM6 7h4.5M6 9.5h4.5M6 4.7h2",
            Self::Plus => "M8 3.5v9M3.5 8h9",
        }
    }
}

/// An icon. Decoration: what it means stands in words beside it.
#[must_use]
pub fn icon(icon: Icon) -> impl IntoView {
    // Dots are strokes without length: their width is their size.
    let width = (icon == Icon::Dots).then_some("2.4");
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=icon.path() stroke-width=width/>
        </svg>
    }
}
