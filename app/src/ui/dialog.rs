//! A second screen. A native dialog: open in the page without WebAssembly, modal with it (focus stays in, Escape leaves).

use leptos::html;
use leptos::prelude::*;

/// A dialog that is there as long as it is rendered.
#[component]
pub fn Dialog(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// Called when it is left by Escape or the backdrop.
    on_close: Callback<()>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let node: NodeRef<html::Dialog> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            // Rendered open for browsers without WebAssembly; made modal here.
            dialog.close();
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog
            node_ref=node
            class="dialog"
            open=true
            aria-labelledby="dialog-title"
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                on_close.run(());
            }
        >
            <h2 id="dialog-title">{title}</h2>
            {children()}
        </dialog>
    }
}
