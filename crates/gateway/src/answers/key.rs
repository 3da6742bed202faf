//! By what requests get the same answer.

use std::sync::Arc;

use federation::Question;
use federation::operation::{CachePolicy, CacheScope};
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::context::RequestContext;

/// Everything that can change the answer to a query, but for the data. Two requests whose keys are equal may get the same
/// answer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Schema, operation, variables, and what the caller may read.
    question: Question,
    reader: Reader,
    /// The headers that subgraphs receive.
    headers: Arc<[u8]>,
}

/// Whom an answer is for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Reader {
    /// All who are not known.
    Anonymous,
    /// All who are known. Subgraphs may refuse the others.
    Known,
    /// A caller whose token says exactly the same.
    One(Caller),
}

impl Key {
    /// The key of a request; `None` if its answer is for itself.
    pub(super) fn new(question: Question, context: &RequestContext, policy: CachePolicy) -> Option<Self> {
        let reader = Reader::of(&context.caller, policy.scope)?;
        let mut headers = Vec::new();
        for (subgraph, forwarded) in context.all_forwarded() {
            if forwarded.alone.is_some() || forwarded.uploads.is_some() {
                return None;
            }
            // Texts with their lengths before them can be read in one way only.
            for (name, value) in &forwarded.headers {
                for text in [subgraph.as_bytes(), name.as_str().as_bytes(), value.as_bytes()] {
                    headers.extend_from_slice(&text.len().to_le_bytes());
                    headers.extend_from_slice(text);
                }
            }
        }
        Some(Self { question, reader, headers: headers.into() })
    }

    /// A hash that is the same in every process, of what several callers may get: `generation` stands for the schema and
    /// all settings that answers depend on, `question` for the query as [`federation::Prepared::digest`] has it. `None`
    /// where the answer is for one caller.
    pub(super) fn digest(
        &self,
        generation: &[u8; 32],
        question: impl FnOnce() -> [u8; 32],
    ) -> Option<[u8; 32]> {
        let reader = match self.reader {
            Reader::Anonymous => 0,
            Reader::Known => 1,
            Reader::One(_) => return None,
        };
        let digest = Sha256::new().chain_update(generation).chain_update(question()).chain_update([reader]);
        Some(digest.chain_update(&self.headers).finalize().into())
    }

    /// About how many bytes it takes in memory.
    pub(super) fn weight(&self) -> usize {
        let reader = match &self.reader {
            Reader::One(caller) => caller.weight(),
            Reader::Anonymous | Reader::Known => 0,
        };
        size_of::<Self>() + self.question.weight() + self.headers.len() + reader
    }
}

impl Reader {
    /// `None` where it is one who cannot be told from others.
    fn of(caller: &Caller, scope: CacheScope) -> Option<Self> {
        match (scope, caller.is_anonymous()) {
            (CacheScope::Public | CacheScope::Undeclared, true) => Some(Self::Anonymous),
            (CacheScope::Public, false) => Some(Self::Known),
            (CacheScope::Undeclared | CacheScope::Private, false) => Some(Self::One(caller.clone())),
            (CacheScope::Private, true) => None,
        }
    }
}
