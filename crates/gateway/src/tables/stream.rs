//! A table page by page: the next page is asked for while the client takes the present one, and the one after that not
//! before, so that memory holds two pages of bounded size and one row group, however long the table is.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, Stream};
use serde_json::Value;
use tokio::task::JoinSet;

use super::batch::{BYTES, Batch, Misfit, ROWS};
use super::encode::{EncodeError, Encoder};
use super::page::{self, Node};
use super::paging::{END_CURSOR, HAS_NEXT_PAGE, PAGE_INFO};
use super::request::TableRequest;
use super::resume::Place;
use super::unfold::{self, Incomplete, Stop};
use super::{Column, Paging};
use crate::budget::Overspent;
use crate::telemetry::Here;

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
    #[error("a page takes more than {0} bytes; ask for fewer items at once")]
    LargePage(usize),
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
    let (ready, ended) = (VecDeque::new(), Ended::default());
    let mut table = Running { pages, work: Some(work), next, ahead: JoinSet::new(), ready, ended };
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
    /// The next page, if it is asked for already. It goes with the client.
    ahead: JoinSet<Result<Bytes, PageError>>,
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
                    if self.ahead.is_empty() {
                        self.ask(&work, &place);
                    }
                    let page = self.ahead.join_next().await.and_then(Result::ok);
                    let page = page.ok_or(StreamError::Internal)??;
                    // Reading and encoding a large page takes longer than a worker thread may be held.
                    let worked = tokio::task::spawn_blocking(move || {
                        let outcome = work.page(&page, &place);
                        (work, outcome)
                    });
                    let (work, outcome) = worked.await.map_err(|_| StreamError::Internal)?;
                    let (next, ready) = outcome?;
                    self.ended.rows = work.rows;
                    if let Next::Page(place) = &next {
                        self.ask(&work, place);
                    }
                    (self.work, self.next) = (Some(work), next);
                    self.ready.extend(ready);
                }
            }
        }
    }

    /// Asks for a page, whether or not the client is ready for it.
    fn ask(&mut self, work: &Work, place: &Place) {
        let (pages, text, variables) =
            (self.pages.clone(), work.request.table.text.clone(), work.variables(place));
        let asking = async move { pages.page(text, variables).await };
        self.ahead.spawn(Here::new().go_on(asking));
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
        let (table, max) = (self.request.table.clone(), self.request.max_page_bytes);
        let spare = max.checked_sub(body.len()).ok_or(StreamError::LargePage(max))?;
        let page = page::read(body, &table.shape).map_err(|error| {
            tracing::error!(%error, "a page cannot be read");
            StreamError::Internal
        })?;
        if page.has_errors {
            return Err(StreamError::Page(body.clone()));
        }
        let next = self.next(&page.data, place)?;
        let mut ready = Ready { parts: Vec::new(), spare };
        let wanted = self.rows(&page.data, place, &mut ready)?;
        let full = self.request.limit.is_some_and(|limit| self.rows >= limit);
        let next = if wanted.is_break() || full { Next::End } else { next };
        Ok((next, ready.parts))
    }

    /// The page after this one.
    fn next(&self, data: &Node<'_>, place: &Place) -> Result<Next, StreamError> {
        let Paging::Follow { connection, .. } = &self.request.table.paging else { return Ok(Next::End) };
        let info = data.at(connection).at(&[PAGE_INFO.into()]);
        if info.at(&[HAS_NEXT_PAGE.into()]).text() != Some("true") {
            return Ok(Next::End);
        }
        let cursor = info.at(&[END_CURSOR.into()]).text();
        match cursor.and_then(|text| serde_json::from_str::<String>(text).ok()) {
            // Without another cursor the same page would come again, for ever.
            Some(cursor) if place.after.as_ref() != Some(&cursor) => {
                Ok(Next::Page(Place { after: Some(cursor), rows: 0 }))
            }
            _ => Err(StreamError::NoCursor),
        }
    }

    /// Breaks when no more rows are wanted.
    fn rows(
        &mut self,
        data: &Node<'_>,
        place: &Place,
        ready: &mut Ready,
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
                    // Of letters and digits only, so that it needs no escapes.
                    let token = format!("\"{token}\"");
                    let row: Vec<Option<&str>> = row.iter().copied().chain([Some(&*token)]).collect();
                    batch.push(columns, &row)?;
                }
            }
            *rows += 1;
            if batch.rows == ROWS || batch.bytes >= BYTES {
                ready.add(encoder.rows(&batch)?, request.max_page_bytes)?;
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
            ready.add(encoder.rows(&batch)?, request.max_page_bytes)?;
        }
        if request.limit.is_some_and(|limit| *rows >= limit) {
            flow = ControlFlow::Break(());
        }
        Ok(flow)
    }
}

/// What is written of a page.
struct Ready {
    parts: Vec<Bytes>,
    /// How many bytes it may still take.
    spare: usize,
}

impl Ready {
    fn add(&mut self, bytes: Vec<u8>, max: usize) -> Result<(), StreamError> {
        self.spare = self.spare.checked_sub(bytes.len()).ok_or(StreamError::LargePage(max))?;
        self.parts.extend(filled(bytes));
        Ok(())
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
