//! Answers that other gateways have worked out, by Redis: those that several callers may get, compressed, as long as they are
//! kept at all. Whatever goes wrong with Redis, an answer is worked out as without it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use federation::operation::{CachePolicy, CacheScope};
use redis::Script;
use sha2::{Digest, Sha256};

use super::kept::{Found, Kept};
use super::key::Key;
use crate::config::AnswersConfig;
use crate::hexadecimal::hexadecimal;
use crate::http::Encoding;
use crate::shared::Shared;
use crate::store::Store;

/// Counts up with every change of what is written.
const LAYOUT: u8 = 1;

/// What stands before a body: layout, content coding, scope, and the seconds of its hint.
const HEAD: usize = 7;

/// An answer that is not too large, and for how many milliseconds it is still kept.
static READ: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
if redis.call('STRLEN', KEYS[1]) > tonumber(ARGV[1]) then return false end
local answer = redis.call('GET', KEYS[1])
return answer and {answer, redis.call('PTTL', KEYS[1])}
",
    )
});

/// An answer's place.
pub(super) struct Place {
    /// Of this program, the settings and the schema.
    generation: [u8; 32],
    answer: [u8; 32],
}

impl Place {
    /// The place of the answer to a request; `None` if it is for one caller.
    pub(super) fn new(
        settings: &[u8; 32],
        schema: &[u8; 32],
        key: &Key,
        question: impl FnOnce() -> [u8; 32],
    ) -> Option<Self> {
        let program = Sha256::new().chain_update([LAYOUT]).chain_update(env!("CARGO_PKG_VERSION"));
        let generation = program.chain_update(settings).chain_update(schema).finalize().into();
        let answer = key.digest(&generation, question)?;
        Some(Self { generation, answer })
    }

    fn key(&self, store: &Store) -> String {
        // The beginning of one tells operators which keys belong together; all of it is in the other.
        let name = format!("{}:{}", hexadecimal(&self.generation[..8]), hexadecimal(&self.answer));
        store.key("answer", &name)
    }
}

/// Of one answer.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// The most bytes in Redis.
    pub(super) shared: usize,
    /// The most bytes as it is.
    pub(super) answer: usize,
    pub(super) age: Duration,
}

impl Bounds {
    pub(super) fn of(config: &AnswersConfig) -> Self {
        let AnswersConfig { max_shared_size, max_answer_size, max_age, .. } = config;
        Self { shared: max_shared_size.as_usize(), answer: max_answer_size.as_usize(), age: max_age.0 }
    }
}

/// The answer of another gateway. What cannot be read is none.
pub(super) async fn ask(store: &Store, place: &Place, bounds: Bounds) -> Option<Found> {
    let limit = i64::try_from(bounds.shared + HEAD).unwrap_or(i64::MAX);
    let found: Option<(Bytes, i64)> = store.run(&READ, &place.key(store), &[limit]).await?;
    let (bytes, left) = found?;
    let left = Duration::from_millis(u64::try_from(left).ok()?);
    let kept = read(&bytes, bounds.answer)?;
    let lifetime = lifetime(kept.policy, bounds.age);
    // It was written with the time that it had left.
    let began = Instant::now().checked_sub(lifetime.saturating_sub(left))?;
    Some(Found::new(kept, began, lifetime))
}

/// Tells other gateways of an answer, while others go on with it.
pub(super) fn tell(shared: &Arc<Shared>, place: Place, found: &Found, bounds: Bounds) {
    let left = u64::try_from(found.rest().as_millis()).unwrap_or(u64::MAX);
    if shared.store.get().is_none() || left == 0 {
        return;
    }
    let (shared, found) = (shared.clone(), found.clone());
    tokio::spawn(async move {
        let Some(store) = shared.store.get() else { return };
        let Some(text) = write(found.kept(), bounds.shared) else { return };
        let mut command = redis::cmd("SET");
        command.arg(place.key(store)).arg(text).arg("PX").arg(left);
        // Who looks for it in vain works it out.
        let _: Option<()> = store.ask(&command).await;
    });
}

/// How long an answer is kept.
pub(super) fn lifetime(policy: CachePolicy, most: Duration) -> Duration {
    Duration::from_secs(policy.max_age.into()).min(most)
}

fn write(kept: &Kept, limit: usize) -> Option<Vec<u8>> {
    let compressed = kept.compressed(Encoding::Zstd);
    let body = compressed.unwrap_or(&kept.body);
    let scope = match kept.policy.scope {
        CacheScope::Public => 0,
        CacheScope::Undeclared => 1,
        CacheScope::Private => return None,
    };
    if body.len() > limit {
        return None;
    }
    let mut text = Vec::with_capacity(HEAD + body.len());
    text.extend_from_slice(&[LAYOUT, u8::from(compressed.is_some()), scope]);
    text.extend_from_slice(&kept.policy.max_age.to_le_bytes());
    text.extend_from_slice(body);
    Some(text)
}

fn read(text: &Bytes, limit: usize) -> Option<Kept> {
    let (&[LAYOUT, coding, scope, a, b, c, d], _) = text.split_first_chunk::<HEAD>()? else { return None };
    let scope = match scope {
        0 => CacheScope::Public,
        1 => CacheScope::Undeclared,
        _ => return None,
    };
    let body = text.slice(HEAD..);
    let body = match coding {
        0 => body,
        1 => Encoding::Zstd.decompress(body, limit)?,
        _ => return None,
    };
    let policy = CachePolicy { max_age: u32::from_le_bytes([a, b, c, d]), scope };
    (body.len() <= limit).then(|| Kept::new(body, policy))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: CachePolicy = CachePolicy { max_age: 70_000, scope: CacheScope::Undeclared };

    #[test]
    fn answers_are_read_as_they_were_written() {
        let (short, long) = (Bytes::from("{}"), Bytes::from("{\"data\":{}} ".repeat(100)));
        for body in [short, long.clone()] {
            let text = write(&Kept::new(body.clone(), POLICY), 2000).unwrap();
            let kept = read(&text.into(), 2000).unwrap();
            assert_eq!((kept.body, kept.policy), (body, POLICY));
        }
        let text = write(&Kept::new(long.clone(), POLICY), 2000).unwrap();
        assert!(text.len() < long.len() / 4, "it is compressed");
        assert!(read(&text.into(), long.len() - 1).is_none(), "no more is decompressed than may be kept");
    }

    #[test]
    fn what_is_too_large_or_for_one_is_not_written() {
        let noise: Vec<u8> = (0..60u8).flat_map(|number| Sha256::digest([number])).collect();
        assert!(write(&Kept::new(noise.into(), POLICY), 1000).is_none());
        let private = CachePolicy { scope: CacheScope::Private, ..POLICY };
        assert!(write(&Kept::new("{}".into(), private), 1000).is_none());
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let good = write(&Kept::new("{\"data\":{}} ".repeat(100).into(), POLICY), 2000).unwrap();
        let cases = [
            Vec::new(),
            good[..HEAD - 1].to_vec(),
            good[..good.len() - 1].to_vec(),
            [&[LAYOUT + 1], &good[1..]].concat(),
            [&good[..1], &[7], &good[2..]].concat(),
            [&good[..2], &[7], &good[3..]].concat(),
        ];
        for text in cases {
            assert!(read(&text.clone().into(), 2000).is_none(), "{text:?}");
        }
    }
}
