//! Documents that clients have sent to other gateways, by Redis.

use std::sync::Arc;

use super::{DocumentHash, hash_of};
use crate::config::PersistedQueriesConfig;
use crate::hexadecimal::hexadecimal;
use crate::shared::Shared;
use crate::store::Store;

fn key(store: &Store, hash: &DocumentHash) -> String {
    store.key("query", &hexadecimal(hash))
}

/// A document that another gateway has told of. What is not of the hash is none.
pub(crate) async fn ask(
    store: &Store,
    config: &PersistedQueriesConfig,
    hash: &DocumentHash,
) -> Option<Arc<str>> {
    let mut command = redis::cmd("GETRANGE");
    // No more is read than may be there.
    command.arg(key(store, hash)).arg(0).arg(config.max_shared_size.0);
    let text: Vec<u8> = store.ask(&command).await?;
    let text = String::from_utf8(text).ok()?;
    (hash_of(&text) == *hash).then(|| text.into())
}

/// Tells other gateways of a document, while others go on with it.
pub(crate) fn tell(
    shared: &Arc<Shared>,
    config: &PersistedQueriesConfig,
    hash: DocumentHash,
    text: &Arc<str>,
) {
    if shared.store.get().is_none() || text.len() as u64 > config.max_shared_size.0 {
        return;
    }
    let (shared, text, kept) = (shared.clone(), text.clone(), config.share_for.0);
    tokio::spawn(async move {
        let Some(store) = shared.store.get() else { return };
        let mut command = redis::cmd("SET");
        command.arg(key(store, &hash)).arg(&*text).arg("PX").arg(kept.as_millis() as u64);
        // Who looks for it in vain sends it.
        let _: Option<()> = store.ask(&command).await;
    });
}
