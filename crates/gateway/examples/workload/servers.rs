//! Services that answer known requests with prepared bytes, as cheaply as HTTP allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::recording::Answers;

/// Answers a service's requests until the program ends.
pub(crate) async fn serve(listener: TcpListener, answers: Arc<Answers>, asked: Arc<AtomicU64>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let nodelay = stream.set_nodelay(true);
        let (answers, asked) = (answers.clone(), asked.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, &answers, &asked));
            // The gateway closes connections it does not need; what it then makes of a request it tells itself.
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            (nodelay, served)
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    answers: &Answers,
    asked: &AtomicU64,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    asked.fetch_add(1, Ordering::Relaxed);
    let mut response = match answers.get(&body) {
        Some(answer) => Response::new(Full::new(answer.clone())),
        None => {
            let mut response = Response::new(Full::new(Bytes::from_static(b"this was not recorded")));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    };
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    Ok(response)
}
