//! One request and its answer.

use super::table::Line;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt;

/// Put on an answer that may go on for as long as its reader takes it, such as an export: each write has a time limit, the whole has
/// none.
#[derive(Clone, Copy, Debug)]
pub struct Endless;

/// Has a request answered, within the time that it may take.
pub(super) async fn answer(
    router: Router,
    line: Arc<Line>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    line.begin();
    let mut request = request.map(|body| {
        let arriving = Arriving { whole: body.is_end_stream(), body, line: Arc::clone(&line) };
        Body::new(arriving)
    });
    request.extensions_mut().insert(ConnectInfo(peer));
    let mut answered = pin!(router.oneshot(request));
    let mut look = line.first_look();
    let response = loop {
        match timeout_at(look, &mut answered).await {
            Ok(Ok(response)) => break response,
            Ok(Err(never)) => match never {},
            Err(_) => match line.due() {
                (due, awaits) if due <= Instant::now() => break late(awaits),
                // Bytes of a body came meanwhile, or the time is that of the work.
                (due, _) => look = due,
            },
        }
    };
    line.answer(response.extensions().get::<Endless>().is_some());
    Ok(response.map(|body| Body::new(Leaving { body, line })))
}

/// What a request that takes too long is told.
fn late(awaits_client: bool) -> Response<Body> {
    if awaits_client {
        let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
        return (StatusCode::REQUEST_TIMEOUT, close, "The request came too slowly. Nothing was done.\n")
            .into_response();
    }
    tracing::warn!("a request was not answered in time");
    let again = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    (StatusCode::SERVICE_UNAVAILABLE, again, "This takes too long right now; it may still be done.\n").into_response()
}

/// A body on its way in.
struct Arriving {
    body: Incoming,
    line: Arc<Line>,
    /// It was read to its end.
    whole: bool,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Pending => self.line.awaits_body(),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.line.received(u64::try_from(bytes).unwrap_or(0));
                self.whole = self.body.is_end_stream();
            }
            Poll::Ready(end) => {
                self.whole = end.is_none();
                self.line.ends_body(false);
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.line.ends_body(!self.whole);
    }
}

/// An answer on its way out.
struct Leaving {
    body: Body,
    line: Arc<Line>,
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.line.answered();
    }
}
