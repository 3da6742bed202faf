//! Keeping a gateway's stored operations as the registry has them.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Registry, RegistryError};
use crate::app::Gateway;

/// A registry as one gateway has read it.
pub(crate) struct Followed {
    pub(crate) registry: Registry,
    /// The revision that is served. Held while it is read, so that readings do not overtake each other.
    revision: tokio::sync::Mutex<Option<i64>>,
}

impl Followed {
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, revision: tokio::sync::Mutex::new(None) }
    }

    /// Serves what is registered now.
    ///
    /// # Errors
    /// When the database does not answer; what was served before still is.
    pub(crate) async fn catch_up(&self, gateway: &Gateway) -> Result<(), RegistryError> {
        let mut revision = self.revision.lock().await;
        if *revision == Some(self.registry.revision().await?) {
            return Ok(());
        }
        let (read, registered) = self.registry.latest(false).await?;
        gateway.serve_registered(&registered);
        *revision = Some(read);
        Ok(())
    }
}

/// Looks for changes until the gateway is gone.
pub(crate) async fn follow(gateway: Weak<Gateway>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reachable = true;
    loop {
        ticks.tick().await;
        let Some(gateway) = gateway.upgrade() else { return };
        let Some(followed) = gateway.registry.clone() else { return };
        let outcome = followed.catch_up(&gateway).await;
        // Said once, not every time.
        match (&outcome, reachable) {
            (Err(error), true) => tracing::warn!(%error, "the registry is not followed"),
            (Ok(()), false) => tracing::info!("the registry is followed again"),
            _ => {}
        }
        reachable = outcome.is_ok();
    }
}

/// Starts to follow a registry in the background.
pub(crate) fn start(gateway: &Arc<Gateway>, interval: Duration) {
    tokio::spawn(follow(Arc::downgrade(gateway), interval));
}
