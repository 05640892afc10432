//! The document around the app.

#[cfg(feature = "ssr")]
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_router::location::RequestUrl;

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
    let scripts = request.takes_over && !request.plain;
    let theme = (!request.theme.is_empty()).then_some(request.theme);
    // The router reads the address bar.
    let address = request.address.map(|address| {
        let text = serde_json::to_string(&address).unwrap_or_default().replace('<', "\\u003c");
        format!("history.replaceState(null,'',{text});")
    });
    let start = format!(
        "{}import init,{{hydrate}} from '{}';init({{module_or_path:'{}'}}).then(()=>{{hydrate();document.documentElement.dataset.ready=''}});",
        address.unwrap_or_default(),
        assets.script,
        assets.wasm
    );
    // Whose days a filter means is known from the second page on; the first says UTC.
    let secure = if request.secure { ";secure" } else { "" };
    let zone = format!(
        "document.cookie='zone='+encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone||'')+';path=/;max-age=31536000;samesite=lax{secure}'"
    );
    let path = use_context::<RequestUrl>().map(|url| url.as_ref().to_owned()).unwrap_or_default();
    let title =
        use_context::<crate::sheet::Sheet>().map_or_else(|| crate::routes::title_of(&path), |sheet| sheet.title);
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
                {scripts.then(|| view! { <link rel="modulepreload" href=assets.script.clone()/> })}
                <title inner_html=title></title>
                <script nonce=nonce.clone() inner_html=zone></script>
                {scripts.then(|| view! { <script type="module" nonce=nonce inner_html=start></script> })}
            </head>
            <body>
                <crate::App/>
            </body>
        </html>
    }
}
