//! A scripted HTTP server on loopback.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// A call that came.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Says {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// Not before [`HttpPeer::wake`].
    hangs: bool,
}

pub fn status(status: u16) -> Says {
    Says { status, headers: Vec::new(), body: String::new(), hangs: false }
}

impl Says {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn body(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }

    pub fn late(self) -> Self {
        Self { hangs: true, ..self }
    }
}

type Script = Box<dyn Fn(&Call) -> Says + Send>;

struct Inner {
    script: Mutex<Script>,
    calls: Mutex<Vec<Call>>,
    came: Notify,
    wake: Notify,
}

pub struct HttpPeer {
    pub port: u16,
    inner: Arc<Inner>,
}

impl HttpPeer {
    pub async fn start(script: impl Fn(&Call) -> Says + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let port = listener.local_addr().expect("address").port();
        let inner = Arc::new(Inner {
            script: Mutex::new(Box::new(script)),
            calls: Mutex::default(),
            came: Notify::new(),
            wake: Notify::new(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, inner }
    }

    /// From now on the server says this.
    pub fn says(&self, script: impl Fn(&Call) -> Says + Send + 'static) {
        *self.inner.script.lock().expect("a script") = Box::new(script);
    }

    /// Every call that came.
    pub fn calls(&self) -> Vec<Call> {
        self.inner.calls.lock().expect("calls").clone()
    }

    /// Waits until so many calls have come.
    pub async fn came(&self, count: usize) {
        while self.calls().len() < count {
            self.inner.came.notified().await;
        }
    }

    /// The answers that hang are given.
    pub fn wake(&self) {
        self.inner.wake.notify_waiters();
    }
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call { method: method.to_string(), path: uri.to_string(), headers, body };
    let woken = inner.wake.notified();
    let says = inner.script.lock().expect("a script")(&call);
    inner.calls.lock().expect("calls").push(call);
    inner.came.notify_one();
    if says.hangs {
        woken.await;
    }
    let mut response = (StatusCode::from_u16(says.status).expect("a status"), says.body).into_response();
    for (name, value) in says.headers {
        let value = HeaderValue::from_str(&value).expect("a value");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}
