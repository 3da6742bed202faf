//! A whole body in one piece of memory: of bounded size, decompressed, and held once.

use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_ENCODING;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use memmap2::{MmapMut, MmapOptions};
use tower::{ServiceExt, service_fn};
use tower_http::decompression::{Decompression, DecompressionBody};

use super::client::{ClientError, Reply};

/// From this size on, in bytes, a body has memory of its own, which goes back to the system with it: an allocator would
/// hold on to as much again for a body to come.
const LARGE: usize = 4 * 1024 * 1024;

/// Reads an answer of bounded size, which holds for what it is decoded to as well.
pub(super) async fn whole(response: Response<Incoming>, limit: usize) -> Result<Reply, ClientError> {
    if response.headers().contains_key(CONTENT_ENCODING) {
        return complete(decoded(response).await, limit).await.map_err(|error| match error {
            // The decoder hands on what the connection says, and has no errors of that kind itself.
            ClientError::Incomplete(reason) if !reason.is::<hyper::Error>() => ClientError::Corrupt(reason),
            other => other,
        });
    }
    complete(response, limit).await
}

/// An answer as it was before it was compressed.
async fn decoded(response: Response<Incoming>) -> Response<DecompressionBody<Incoming>> {
    let server = service_fn(|request: Request<Response<Incoming>>| {
        std::future::ready(Ok::<_, Infallible>(request.into_body()))
    });
    match Decompression::new(server).oneshot(Request::new(response)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn complete<B>(response: Response<B>, limit: usize) -> Result<Reply, ClientError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = response.into_parts();
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(ClientError::TooLarge(limit));
    }
    let body = read(body, limit).await?;
    Ok(Reply { status: head.status, headers: head.headers, body })
}

/// Reads a body into one piece.
async fn read<B>(body: B, limit: usize) -> Result<Bytes, ClientError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let failure = |error: Box<dyn std::error::Error + Send + Sync>| {
        if error.is::<LengthLimitError>() {
            ClientError::TooLarge(limit)
        } else {
            ClientError::Incomplete(error)
        }
    };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let mut body = Limited::new(body, limit);
    let mut piece = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(failure)?.into_data() else { continue };
        if piece.is_none() && body.is_end_stream() {
            return Ok(data);
        }
        let piece = piece.get_or_insert_with(|| Piece::new(announced, limit));
        piece.add(&data, limit).ok_or(ClientError::TooLarge(limit))?;
    }
    Ok(piece.map(Piece::finish).unwrap_or_default())
}

/// A body that is put together where it stays.
enum Piece {
    Allocated(BytesMut),
    /// With the number of bytes that are read.
    Mapped(MmapMut, usize),
}

impl Piece {
    /// For at least `announced` and at most `limit` bytes.
    fn new(announced: usize, limit: usize) -> Self {
        let mapped = if announced < LARGE { None } else { Self::mapped(limit) };
        mapped.unwrap_or_else(|| Self::Allocated(BytesMut::with_capacity(announced)))
    }

    /// Memory pages for `limit` bytes, which take no memory before they are written to; `None` if the system has none.
    fn mapped(limit: usize) -> Option<Self> {
        let pages = MmapOptions::new().len(limit).no_reserve_swap().map_anon().ok()?;
        // Without, a few thousand faults take longer than the copying does. It is a wish and may fail.
        #[cfg(target_os = "linux")]
        let _ = pages.advise(memmap2::Advice::HugePage);
        Some(Self::Mapped(pages, 0))
    }

    /// Adds some bytes; `None` if they are more than `limit`.
    fn add(&mut self, data: &[u8], limit: usize) -> Option<()> {
        if let Self::Allocated(read) = self
            && read.len() + data.len() >= LARGE
            && let Some(mut mapped) = Self::mapped(limit)
        {
            mapped.add(read, limit)?;
            *self = mapped;
        }
        match self {
            Self::Allocated(read) => read.extend_from_slice(data),
            Self::Mapped(pages, read) => {
                let end = *read + data.len();
                pages.get_mut(*read..end)?.copy_from_slice(data);
                *read = end;
            }
        }
        Some(())
    }

    fn finish(self) -> Bytes {
        match self {
            Self::Allocated(read) => read.freeze(),
            Self::Mapped(pages, read) => Bytes::from_owner(pages).slice(..read),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::{Frame, SizeHint};

    use super::*;

    const LIMIT: usize = 2 * LARGE;

    /// A body that comes in parts.
    struct Parts {
        parts: VecDeque<Bytes>,
        announced: u64,
    }

    impl Body for Parts {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.parts.pop_front().map(|part| Ok(Frame::data(part))))
        }

        fn is_end_stream(&self) -> bool {
            self.parts.is_empty()
        }

        fn size_hint(&self) -> SizeHint {
            let mut hint = SizeHint::new();
            hint.set_lower(self.announced);
            hint
        }
    }

    async fn read_of(sent: &[u8], announced: usize) -> Result<Bytes, ClientError> {
        let parts = sent.chunks(100_000).map(Bytes::copy_from_slice).collect();
        read(Parts { parts, announced: announced as u64 }, LIMIT).await
    }

    fn sent(bytes: usize) -> Vec<u8> {
        (0_u32..).flat_map(u32::to_le_bytes).take(bytes).collect()
    }

    #[tokio::test]
    async fn bodies_of_every_size_are_what_was_sent() {
        for bytes in [0, 1, 100_001, LARGE - 1, LARGE, LARGE + 1, LIMIT] {
            let sent = sent(bytes);
            for announced in [bytes, 0, bytes / 2] {
                let read = read_of(&sent, announced).await.unwrap();
                assert!(read == sent, "{bytes} bytes, {announced} of them announced");
            }
        }
    }

    #[tokio::test]
    async fn what_is_larger_than_allowed_is_not_kept() {
        for announced in [0, LARGE, LIMIT, LIMIT + 1] {
            let refusal = read_of(&sent(LIMIT + 1), announced).await.unwrap_err();
            assert!(matches!(refusal, ClientError::TooLarge(LIMIT)), "{announced} announced: {refusal}");
        }
    }
}
