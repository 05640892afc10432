//! What is told to everybody at once: a line at the foot of the page, spoken by screen readers.

use leptos::prelude::*;

/// Says things.
#[derive(Clone, Copy, Debug)]
pub struct Announcer(RwSignal<String>);

impl Announcer {
    /// Says a sentence.
    pub fn say(self, sentence: String) {
        self.0.set(sentence);
    }
}

/// Provides an [`Announcer`] to everything below; `first` is what the server said with the page.
#[must_use]
pub fn provide_announcer(first: String) -> Announcer {
    let announcer = Announcer(RwSignal::new(first));
    provide_context(announcer);
    announcer
}

/// The line itself.
#[component]
pub fn Announcements(
    /// Who speaks.
    announcer: Announcer,
) -> impl IntoView {
    let text = announcer.0;
    view! {
        <div class="toast" role="status" class:shown=move || text.with(|text| !text.is_empty())>
            <span>{move || text.get()}</span>
            <button
                type="button"
                class="icon-button"
                aria-label="Dismiss"
                on:click=move |_| text.set(String::new())
            >
                {super::icon::icon(super::icon::Icon::X)}
            </button>
        </div>
    }
}
