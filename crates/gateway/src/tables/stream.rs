//! A table page by page: the next page is asked for when the client has taken what there is of the one before, so that
//! memory holds one page and one row group, however long the table is.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, Stream};
use serde_json::Value;

use super::batch::{Batch, Misfit, ROWS};
use super::encode::{EncodeError, Encoder};
use super::paging::PAGE_INFO;
use super::request::TableRequest;
use super::resume::Place;
use super::unfold::{self, Incomplete, Stop};
use super::{Column, Paging};
use crate::budget::Overspent;

/// Where pages come from.
pub(crate) trait Pages: Send + Sync {
    /// Runs the operation once.
    fn page(&self, text: Arc<str>, variables: Bytes) -> BoxFuture<'_, Result<Bytes, PageError>>;
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum PageError {
    /// The caller's token no longer makes one for subgraphs, or another fault of our own; the cause is in the log.
    Internal,
    /// The deadline has passed.
    Deadline,
    /// The engine refuses the operation or its variables: a GraphQL response.
    Refused(Bytes),
    /// The client's budget does not allow it.
    Overspent(Box<Overspent>),
}

/// Why a table ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamError {
    #[error("internal error")]
    Internal,
    #[error("the deadline of the table has passed")]
    Deadline,
    /// A GraphQL response without data.
    #[error("the operation was refused")]
    Refused(Bytes),
    #[error("{}", .0.message())]
    Overspent(Box<Overspent>),
    /// A GraphQL response with errors: no part of a table may silently be missing.
    #[error("a page has errors: {}", String::from_utf8_lossy(.0))]
    Page(Bytes),
    #[error("{0}")]
    Misfit(#[from] Misfit),
    #[error("`{0}` has more items than the operation asks for at once; ask for more of them")]
    Incomplete(String),
    #[error("`{0}` is null, so rows would be missing: what is asked for is not there, or not to be seen")]
    Missing(String),
    #[error("the table has more than {0} rows; set `limit` and go on with `resume`")]
    TooManyRows(u64),
    #[error("the list says that there is more, but not where it goes on")]
    NoCursor,
    #[error("the table cannot be written: {0}")]
    Encode(#[from] EncodeError),
}

impl From<PageError> for StreamError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Internal => Self::Internal,
            PageError::Deadline => Self::Deadline,
            PageError::Refused(body) => Self::Refused(body),
            PageError::Overspent(overspent) => Self::Overspent(overspent),
        }
    }
}

/// Starts a table. The first page is there when this returns, so that what is wrong with a request is answered as
/// such.
///
/// # Errors
/// Why there is no first page.
pub(crate) async fn start(
    pages: Arc<dyn Pages>,
    request: TableRequest,
) -> Result<impl Stream<Item = Result<Bytes, StreamError>> + Send + 'static, StreamError> {
    let columns = request.columns();
    let encoder = request.format.encoder(&columns)?;
    let next = Next::Page(request.place.clone());
    let work = Work { encoder, columns, request, rows: 0 };
    let mut table =
        Running { pages, work: Some(work), next, ready: VecDeque::new(), ended: Ended::default() };
    let first = table.advance().await?;
    let first = stream::iter(first.map(Ok));
    let rest = stream::unfold(Some(table), |table| async move {
        let mut table = table?;
        match table.advance().await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(table))),
            Ok(None) => None,
            Err(error) => {
                table.ended.failed(&error);
                Some((Err(error), None))
            }
        }
    });
    Ok(futures::StreamExt::chain(first, rest))
}

/// What comes next.
enum Next {
    Page(Place),
    End,
    Nothing,
}

struct Running {
    pages: Arc<dyn Pages>,
    /// Away while a page is worked on.
    work: Option<Work>,
    next: Next,
    ready: VecDeque<Bytes>,
    ended: Ended,
}

impl Running {
    async fn advance(&mut self) -> Result<Option<Bytes>, StreamError> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                self.ended.bytes += bytes.len() as u64;
                return Ok(Some(bytes));
            }
            let next = std::mem::replace(&mut self.next, Next::Nothing);
            if matches!(next, Next::Nothing) {
                self.ended.completely();
                return Ok(None);
            }
            let mut work = self.work.take().ok_or(StreamError::Internal)?;
            match next {
                Next::Nothing => {}
                Next::End => {
                    self.ready.extend(filled(work.encoder.finish()?));
                    self.work = Some(work);
                }
                Next::Page(place) => {
                    let text = work.request.table.text.clone();
                    let page = self.pages.page(text, work.variables(&place)).await?;
                    // Reading and encoding a large page takes longer than a worker thread may be held.
                    let worked = tokio::task::spawn_blocking(move || {
                        let outcome = work.page(&page, &place);
                        (work, outcome)
                    });
                    let (work, outcome) = worked.await.map_err(|_| StreamError::Internal)?;
                    let (next, ready) = outcome?;
                    self.ended.rows = work.rows;
                    (self.work, self.next) = (Some(work), next);
                    self.ready.extend(ready);
                }
            }
        }
    }
}

fn filled(bytes: Vec<u8>) -> Option<Bytes> {
    (!bytes.is_empty()).then(|| Bytes::from(bytes))
}

/// What a page is worked on with.
struct Work {
    encoder: Box<dyn Encoder>,
    columns: Vec<Column>,
    request: TableRequest,
    /// Delivered so far.
    rows: u64,
}

impl Work {
    fn variables(&self, place: &Place) -> Bytes {
        let mut variables = self.request.variables.clone();
        if let (Paging::Follow { variable, .. }, Some(after)) = (&self.request.table.paging, &place.after) {
            variables.insert(variable.to_string(), Value::from(after.as_str()));
        }
        Value::Object(variables).to_string().into()
    }

    /// A page's rows as bytes, and what comes after them.
    fn page(&mut self, body: &Bytes, place: &Place) -> Result<(Next, Vec<Bytes>), StreamError> {
        let answer: Value = serde_json::from_slice(body).map_err(|_| StreamError::Internal)?;
        if answer.get("errors").is_some() {
            return Err(StreamError::Page(body.clone()));
        }
        let data = &answer["data"];
        let next = self.next(data, place)?;
        let mut ready = Vec::new();
        let wanted = self.rows(data, place, &mut ready)?;
        let full = self.request.limit.is_some_and(|limit| self.rows >= limit);
        let next = if wanted.is_break() || full { Next::End } else { next };
        Ok((next, ready))
    }

    /// The page after this one.
    fn next(&self, data: &Value, place: &Place) -> Result<Next, StreamError> {
        let Paging::Follow { connection, .. } = &self.request.table.paging else { return Ok(Next::End) };
        let info = &unfold::at(data, connection)[PAGE_INFO];
        if info["hasNextPage"] != true {
            return Ok(Next::End);
        }
        match info["endCursor"].as_str() {
            // Without another cursor the same page would come again, for ever.
            Some(cursor) if place.after.as_deref() != Some(cursor) => {
                Ok(Next::Page(Place { after: Some(cursor.to_owned()), rows: 0 }))
            }
            _ => Err(StreamError::NoCursor),
        }
    }

    /// Breaks when no more rows are wanted.
    fn rows(
        &mut self,
        data: &Value,
        place: &Place,
        ready: &mut Vec<Bytes>,
    ) -> Result<ControlFlow<()>, StreamError> {
        let Self { encoder, columns, request, rows } = self;
        let mut seen = 0;
        let mut batch = Batch::new(columns);
        let mut flow = unfold::rows(&request.table, data, &mut |row| {
            seen += 1;
            if seen <= place.rows {
                return Ok(ControlFlow::Continue(()));
            }
            match request.limit {
                Some(limit) if *rows >= limit => return Ok(ControlFlow::Break(())),
                None if *rows >= request.max_rows => return Err(StreamError::TooManyRows(request.max_rows)),
                _ => {}
            }
            match &request.fingerprint {
                None => batch.push(columns, row)?,
                Some(fingerprint) => {
                    let token = Place { after: place.after.clone(), rows: seen }.token(fingerprint);
                    let token = Value::from(token);
                    let row: Vec<&Value> = row.iter().copied().chain([&token]).collect();
                    batch.push(columns, &row)?;
                }
            }
            *rows += 1;
            if batch.rows == ROWS {
                ready.extend(filled(encoder.rows(&batch)?));
                batch = Batch::new(columns);
            }
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|stop| match stop {
            Stop::Incomplete(Incomplete(path)) => StreamError::Incomplete(path),
            Stop::Missing(path) => StreamError::Missing(path),
            Stop::Refused(error) => error,
        })?;
        if batch.rows > 0 {
            ready.extend(filled(encoder.rows(&batch)?));
        }
        if request.limit.is_some_and(|limit| *rows >= limit) {
            flow = ControlFlow::Break(());
        }
        Ok(flow)
    }
}

/// Logs how a table ended when it is dropped, whoever drops it.
#[derive(Default)]
struct Ended {
    rows: u64,
    bytes: u64,
    known: bool,
}

impl Ended {
    fn completely(&mut self) {
        if std::mem::replace(&mut self.known, true) {
            return;
        }
        tracing::info!(target: "gateway::tables", rows = self.rows, bytes = self.bytes, "table complete");
    }

    fn failed(&mut self, error: &StreamError) {
        self.known = true;
        tracing::warn!(target: "gateway::tables", rows = self.rows, bytes = self.bytes, %error, "table broken off");
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if !self.known && self.bytes > 0 {
            tracing::info!(target: "gateway::tables", rows = self.rows, bytes = self.bytes, "client gone before the end");
        }
    }
}
