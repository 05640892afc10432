//! The document around the app.

#[cfg(feature = "ssr")]
use leptos::prelude::*;

/// Addresses of the built files, with their hashes, so that they can be cached for ever.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The stylesheet.
    pub style: String,
    /// The script that loads the WebAssembly.
    pub script: String,
    /// The WebAssembly.
    pub wasm: String,
}

/// The document. On the server only.
#[cfg(feature = "ssr")]
pub fn shell(assets: &Assets) -> impl IntoView + use<> {
    let request = crate::ctx::request();
    let nonce = request.nonce;
    let theme = (!request.theme.is_empty()).then_some(request.theme);
    let start = format!(
        "import init,{{hydrate}} from '{}';init({{module_or_path:'{}'}}).then(()=>{{hydrate();document.documentElement.dataset.ready=''}});",
        assets.script, assets.wasm
    );
    // Whose days a filter means is known from the second page on; the first says UTC.
    let secure = if request.secure { ";secure" } else { "" };
    let zone = format!(
        "document.cookie='zone='+encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone||'')+';path=/;max-age=31536000;samesite=lax{secure}'"
    );
    let title = use_context::<crate::sheet::Sheet>()
        .map_or_else(|| crate::ui::title::title(crate::features::queue::TITLE), |sheet| sheet.title);
    // A marker for hydration would be read as part of the title.
    let title = maud::html! { (title) }.0;
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.style.clone()/>
                {request.takes_over.then(|| view! { <link rel="modulepreload" href=assets.script.clone()/> })}
                <title inner_html=title></title>
                <script nonce=nonce.clone() inner_html=zone></script>
                {request.takes_over.then(|| view! { <script type="module" nonce=nonce inner_html=start></script> })}
            </head>
            <body>
                <crate::App/>
            </body>
        </html>
    }
}
