//! Lists of requests, answered by lists of responses in the same order.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use futures::future::join_all;
use serde_json::value::RawValue;

use super::answer::{Answer, Streamed};
use super::decode;
use super::deliver::{Delivery, run};
use super::rejection::Rejection;
use super::task::Task;
use crate::answers::Wish;
use crate::app::Gateway;
use crate::context::RequestContext;
use crate::layers::RequestInfo;

/// The requests of a body; `None` when it is no list.
pub(super) fn requests(body: &Bytes, max: usize) -> Result<Option<Vec<Bytes>>, Rejection> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return Ok(None);
    }
    if max == 0 {
        return Err(Rejection::Batch);
    }
    let requests: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| decode::invalid_json(&error))?;
    match requests.len() {
        0 => Err(Rejection::InvalidMember { name: "the list of requests", expected: "one request or more" }),
        number if number > max => Err(Rejection::BatchTooLarge(max)),
        _ => Ok(Some(requests.iter().map(|request| body.slice_ref(request.get().as_bytes())).collect())),
    }
}

/// Runs all at once, each by an answer that is kept if the client wishes. Each has its own response, whatever becomes of the others.
pub(super) async fn answer(
    gateway: &Gateway,
    info: &RequestInfo,
    context: &Arc<RequestContext>,
    wish: Wish,
    requests: Vec<Bytes>,
) -> Result<Answer<Streamed>, Rejection> {
    let responses = join_all(requests.iter().map(|request| {
        let context = Arc::clone(context);
        async move {
            let task = Task { wish, ..Task::of(gateway, decode::from_body(request)?).await? };
            run(gateway, task, Delivery::default(), context).await
        }
    }));
    let mut list = BytesMut::from(&b"["[..]);
    let (mut errors, mut notes) = (0, Vec::new());
    for (index, response) in responses.await.into_iter().enumerate() {
        if index > 0 {
            list.put_u8(b',');
        }
        let (body, found) = match response.and_then(Answer::into_whole) {
            Ok(response) => {
                notes.extend(response.notes);
                (response.body, response.errors)
            }
            Err(rejection) => (rejection.body(&info.id), 1),
        };
        list.put_slice(&body);
        errors += found;
    }
    list.put_u8(b']');
    Ok(Answer::of_list(list.freeze(), errors, notes))
}
