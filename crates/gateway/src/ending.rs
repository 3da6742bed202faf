//! When connections that outlast a request end: with the gateway, or some time after the generation they began in.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::shared::Shared;

/// Why subscriptions and WebSockets end although nothing is wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The gateway stops.
    Stopping,
    /// Another configuration or schema took over.
    Replaced,
}

/// Whether a generation was replaced.
pub(crate) struct Retirement {
    retired: watch::Sender<bool>,
    within: Duration,
}

impl Retirement {
    /// `within` is how long what began in the generation may outlast it.
    pub(crate) fn new(within: Duration) -> Self {
        Self { retired: watch::Sender::new(false), within }
    }

    /// The generation is replaced.
    pub(crate) fn retire(&self) {
        self.retired.send_replace(true);
    }

    /// Completes when a connection is to end: each at another time, so that clients do not come back all at once.
    pub(crate) fn ending(&self, shared: &Shared) -> impl Future<Output = Ending> + Send + use<> {
        let draining = shared.draining();
        let mut retired = self.retired.subscribe();
        let left = self.within.mul_f64(fraction());
        async move {
            let replaced = async {
                // The sender is gone when the generation is.
                let _ = retired.wait_for(|retired| *retired).await;
                sleep(left).await;
            };
            tokio::select! {
                biased;
                () = draining => Ending::Stopping,
                () = replaced => Ending::Replaced,
            }
        }
    }
}

/// A number from 0 to 1 that is another one each time.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds exactly")]
fn fraction() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1u64 << 53) as f64
}
