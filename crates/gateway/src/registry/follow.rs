//! Keeping a gateway's stored operations as the registry has them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Registered, Registry, RegistryError};
use crate::live::{Live, WeakLive};
use crate::telemetry::metrics;

/// A registry as one gateway has read it.
pub(crate) struct Followed {
    pub(crate) registry: Registry,
    /// The revision that is served. Held while it is read, so that readings do not overtake each other.
    revision: Mutex<Option<i64>>,
    /// Whether the database answered when it was looked at last.
    answers: AtomicBool,
}

impl Followed {
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, revision: Mutex::new(None), answers: AtomicBool::new(true) }
    }

    /// Hands over what is registered now, if that is not what was handed over before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn catch_up(&self, serve: impl FnOnce(&[Registered])) -> Result<(), RegistryError> {
        let mut revision = self.revision.lock().await;
        let outcome = self.read(&mut revision, serve).await;
        self.answers.store(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }

    /// Whether the database answered when it was looked at last.
    pub(crate) fn answers(&self) -> bool {
        self.answers.load(Ordering::Relaxed)
    }

    async fn read(
        &self,
        revision: &mut Option<i64>,
        serve: impl FnOnce(&[Registered]),
    ) -> Result<(), RegistryError> {
        if *revision == Some(self.registry.revision().await?) {
            return Ok(());
        }
        let (read, registered) = self.registry.latest(false).await?;
        serve(&registered);
        *revision = Some(read);
        Ok(())
    }

    /// The same registry for another gateway, which takes over what is served here: `take_over` tells whether that is
    /// all of it. Nothing is read meanwhile.
    ///
    /// # Errors
    /// What `take_over` fails with.
    pub(crate) async fn hand_over<E>(&self, take_over: impl FnOnce() -> Result<bool, E>) -> Result<Self, E> {
        let revision = self.revision.lock().await;
        let all = take_over()?;
        Ok(Self {
            registry: self.registry.clone(),
            revision: Mutex::new(revision.filter(|_| all)),
            answers: AtomicBool::new(self.answers()),
        })
    }
}

impl Live {
    /// Looks for changes of the registry, until the gateway is gone.
    pub fn follow_registry(&self, interval: Duration) {
        tokio::spawn(follow(self.downgrade(), interval));
    }
}

async fn follow(live: WeakLive, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reachable = true;
    loop {
        ticks.tick().await;
        let Some(gateway) = live.gateway() else { return };
        let outcome = gateway.catch_up().await;
        metrics::polled(outcome.is_ok());
        // Said once, not every time.
        match (&outcome, reachable) {
            (Err(error), true) => tracing::warn!(%error, "the registry is not followed"),
            (Ok(()), false) => tracing::info!("the registry is followed again"),
            _ => {}
        }
        reachable = outcome.is_ok();
    }
}
