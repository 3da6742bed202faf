//! Operations that take long: one line each, with what is needed to find out why.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use federation::{Engine, Prepared};
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

/// An operation that runs. Its line, if it takes too long, is written when this is dropped.
pub(crate) struct Watch {
    config: SlowOperationsConfig,
    pace: Arc<Pace>,
    engine: Arc<Engine>,
    query: Arc<str>,
    prepared: Prepared,
    context: Arc<RequestContext>,
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
        let config = gateway.slow_operations.clone()?;
        Some(Self {
            config,
            pace: gateway.shared.slow.clone(),
            engine: gateway.view(&context.caller).engine.clone(),
            query: query.clone(),
            prepared: prepared.clone(),
            context: context.clone(),
            account: Account::current(),
            started,
            preparing: started.elapsed(),
        })
    }

    fn tell(&self, took: Duration, left_out: u64) {
        let forwarded = self.context.forwarded();
        let hash = hexadecimal(&hash_of(&self.query));
        // Tells callers apart and does not name them.
        let caller = self.context.caller.subject().map(|subject| hexadecimal(&Sha256::digest(subject)[..8]));
        let cost = self.engine.estimate(&self.prepared).map(|cost| cost.total);
        let plan = federation::plan::print(self.engine.graph(), self.prepared.plan());
        let account = self.account.as_deref();
        tracing::warn!(
            target: "gateway::slow_operation",
            request_id = %forwarded.request_id,
            trace_id = %forwarded.trace.trace_id(),
            operation = self.prepared.name(),
            hash,
            caller,
            duration_ms = milliseconds(took),
            prepare_ms = milliseconds(self.preparing),
            execute_ms = milliseconds(took.saturating_sub(self.preparing)),
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

impl Drop for Watch {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        if took >= self.config.threshold.0
            && let Some(left_out) = self.pace.take(Instant::now(), self.config.max_per_minute)
        {
            self.tell(took, left_out);
        }
    }
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
