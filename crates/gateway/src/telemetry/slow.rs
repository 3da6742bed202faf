//! Operations that take long: one line each, with what is needed to find out why.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use federation::{Engine, Prepared, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::Account;
use crate::app::Gateway;
use crate::config::SlowOperationsConfig;
use crate::context::RequestContext;
use crate::hexadecimal::hexadecimal;
use crate::layers::milliseconds;
use crate::operations::hash_of;

/// How many lines were written in the present minute.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    began: Option<Instant>,
    written: u32,
    /// How many were not, since the last that was.
    left_out: u64,
}

impl Pace {
    /// Room for a line: how many were left out before it. `None` when there is no room.
    fn take(&self, now: Instant, max: u32) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |began: Instant| now.saturating_duration_since(began) >= Duration::from_secs(60);
        if minute.began.is_none_or(over) {
            (minute.began, minute.written) = (Some(now), 0);
        }
        if minute.written >= max {
            minute.left_out += 1;
            return None;
        }
        minute.written += 1;
        Some(std::mem::take(&mut minute.left_out))
    }
}

/// An operation of which a line may be written.
struct Subject {
    kind: Kind,
    config: SlowOperationsConfig,
    pace: Arc<Pace>,
    engine: Arc<Engine>,
    query: Arc<str>,
    prepared: Prepared,
    context: Arc<RequestContext>,
}

/// What took long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The answer to an operation, to its last payload.
    Operation,
    /// A table, with the time that its client took for it.
    Table,
    /// One event of a subscription.
    Event,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Table => "table",
            Self::Event => "event",
        }
    }
}

impl Subject {
    /// `None` where nobody wants to know.
    fn new(
        kind: Kind,
        gateway: &Gateway,
        query: &Arc<str>,
        prepared: &Prepared,
        context: &Arc<RequestContext>,
    ) -> Option<Self> {
        Some(Self {
            kind,
            config: gateway.slow_operations.clone()?,
            pace: gateway.shared.slow.clone(),
            engine: gateway.view_of(context).engine.clone(),
            query: query.clone(),
            prepared: prepared.clone(),
            context: context.clone(),
        })
    }

    /// Writes the line of what took too long, as far as there is room for one.
    fn note(&self, took: Duration, preparing: Duration, account: Option<&Account>) {
        if took >= self.config.threshold.0
            && let Some(left_out) = self.pace.take(Instant::now(), self.config.max_per_minute)
        {
            self.tell(took, preparing, account, left_out);
        }
    }

    fn tell(&self, took: Duration, preparing: Duration, account: Option<&Account>, left_out: u64) {
        let forwarded = self.context.forwarded();
        let hash = hexadecimal(&hash_of(&self.query));
        // Tells callers apart and does not name them.
        let caller = self.context.caller.subject().map(|subject| hexadecimal(&Sha256::digest(subject)[..8]));
        let cost = self.engine.estimate(&self.prepared).map(|cost| cost.total);
        let plan = federation::plan::print(self.engine.graph(), self.prepared.plan());
        tracing::warn!(
            target: "gateway::slow_operation",
            request_id = %forwarded.request_id,
            trace_id = %forwarded.trace.trace_id(),
            kind = self.kind.as_str(),
            operation = self.prepared.name(),
            hash,
            caller,
            duration_ms = milliseconds(took),
            prepare_ms = milliseconds(preparing),
            execute_ms = milliseconds(took.saturating_sub(preparing)),
            cost,
            subgraph_calls = account.map(Account::calls),
            subgraph_bytes = account.map(Account::subgraph_bytes),
            fetches = account.map(Account::fetches),
            plan = without_texts(&plan),
            left_out,
            "a slow operation"
        );
    }
}

/// An operation that runs. Its line, if it takes too long, is written when this is dropped.
pub(crate) struct Watch {
    subject: Subject,
    account: Option<Arc<Account>>,
    started: Instant,
    preparing: Duration,
}

impl Watch {
    /// Watches an operation that was begun at `started` and is prepared now; `None` where nobody wants to know.
    pub(crate) fn begin(
        gateway: &Gateway,
        query: &Arc<str>,
        prepared: &Prepared,
        context: &Arc<RequestContext>,
        started: Instant,
    ) -> Option<Self> {
        Self::begin_as(Kind::Operation, gateway, query, prepared, context, started)
    }

    /// As [`Self::begin`], of what is told as another kind.
    pub(crate) fn begin_as(
        kind: Kind,
        gateway: &Gateway,
        query: &Arc<str>,
        prepared: &Prepared,
        context: &Arc<RequestContext>,
        started: Instant,
    ) -> Option<Self> {
        let subject = Subject::new(kind, gateway, query, prepared, context)?;
        Some(Self { subject, account: Account::current(), started, preparing: started.elapsed() })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.subject.note(self.started.elapsed(), self.preparing, self.account.as_deref());
    }
}

/// A subscription. Each of its events has a line if it takes too long, from when it came from its subgraph until it is
/// answered, with the calls that were made for it.
#[derive(Clone)]
pub(crate) struct EventWatch(Arc<Subject>);

impl EventWatch {
    /// Watches a subscription; `None` where nobody wants to know.
    pub(crate) fn begin(
        gateway: &Gateway,
        query: &Arc<str>,
        prepared: &Prepared,
        context: &Arc<RequestContext>,
    ) -> Option<Self> {
        Subject::new(Kind::Event, gateway, query, prepared, context).map(Arc::new).map(Self)
    }
}

/// The answer to an event that came now, watched: it has an account of its own within that of its subscription.
pub(crate) fn watched(
    answering: BoxFuture<'static, Response>,
    watch: Option<&EventWatch>,
) -> BoxFuture<'static, Response> {
    let Some(EventWatch(subject)) = watch.cloned() else { return answering };
    let (came, account) = (Instant::now(), Account::within(Account::current()));
    let noting = async move {
        let response = account.clone().scope(answering).await;
        subject.note(came.elapsed(), Duration::ZERO, Some(&account));
        response
    };
    noting.boxed()
}

/// GraphQL text with nothing between quotes: what a client wrote there may be what variables are for.
fn without_texts(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let quote = if rest[start..].starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
        kept.push_str(&rest[..start]);
        kept.push_str("\"\"");
        rest = after_text(&rest[start + quote.len()..], quote);
    }
    kept.push_str(rest);
    kept
}

/// What comes after a text and its closing quote.
fn after_text<'a>(text: &'a str, quote: &str) -> &'a str {
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        if !escaped && text[index..].starts_with(quote) {
            return &text[index + quote.len()..];
        }
        escaped = character == '\\' && !escaped;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_by_the_minute() {
        let (pace, now) = (Pace::default(), Instant::now());
        assert_eq!([pace.take(now, 2), pace.take(now, 2)], [Some(0), Some(0)]);
        assert_eq!([pace.take(now, 2), pace.take(now + Duration::from_secs(59), 2)], [None, None]);
        assert_eq!(pace.take(now + Duration::from_secs(60), 2), Some(2), "what was left out is told");
        assert_eq!(pace.take(now + Duration::from_secs(61), 2), Some(0));
    }

    #[test]
    fn texts_are_left_out() {
        let cases = [
            ("{a}", "{a}"),
            (r#"{a(b:"c" d:1) e(f:"")}"#, r#"{a(b:"" d:1) e(f:"")}"#),
            (r#"{a(b:"c\"d" e:"f\\") g}"#, r#"{a(b:"" e:"") g}"#),
            (r#"{a(b:"""c "d" \""" e""") f}"#, r#"{a(b:"") f}"#),
            (r#"{a(b:"ü€" c:"never closed"#, r#"{a(b:"" c:"""#),
        ];
        for (text, expected) in cases {
            assert_eq!(without_texts(text), expected, "{text}");
        }
    }
}
