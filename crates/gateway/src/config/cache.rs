//! What is kept of answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::{ByteSize, Time};

/// What is kept between requests.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// Answers to queries.
    pub answers: AnswersConfig,
}

/// Answers to queries, kept in memory as long as the schema's cache hints (`@cacheControl`) allow, and given again to
/// whoever may get the same.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnswersConfig {
    /// Whether answers are kept.
    pub enabled: bool,
    /// The memory for answers; what is asked for least goes first.
    pub max_memory: ByteSize,
    /// The largest answer that is kept.
    pub max_answer_size: ByteSize,
    /// The longest an answer is kept, whatever the hints say.
    pub max_age: Time,
    /// Whether gateways with one `redis` give each other the answers that several callers may get. Those of one caller stay in
    /// the memory of one gateway.
    pub shared: bool,
    /// The most bytes that an answer takes in Redis, compressed; larger ones stay here.
    pub max_shared_size: ByteSize,
}

impl Default for AnswersConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            max_memory: ByteSize::mebibytes(64),
            max_answer_size: ByteSize::mebibytes(1),
            max_age: Time::seconds(3600),
            shared: false,
            max_shared_size: ByteSize(256 * 1024),
        }
    }
}

impl CacheConfig {
    pub(super) fn check(&self, has_redis: bool, problems: &mut Vec<Problem>) {
        let AnswersConfig { max_memory, max_answer_size, shared, .. } = self.answers;
        if shared && !has_redis {
            let message = "needs the section `redis`, which says where answers are shared";
            problems.push(Problem::of_key("cache.answers.shared", message));
        }
        if max_answer_size.0 > max_memory.0 / 4 {
            problems.push(Problem::of_key(
                "cache.answers.max_answer_size",
                "must be at most a quarter of `cache.answers.max_memory`, so that several answers fit",
            ));
        }
    }
}
