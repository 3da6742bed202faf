//! Services that tell their own schema, asked from time to time whether it is another one.

use std::future::pending;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

use super::source::Made;
use crate::supergraph::{Told, ask};

/// What services told when they were asked last, and the question that is under way.
#[derive(Default)]
pub(super) struct Services {
    told: Told,
    next: Option<Instant>,
    asking: Option<BoxFuture<'static, Told>>,
}

impl Services {
    /// What was told is taken up, or refused.
    pub(super) fn note(&mut self, told: &Told) {
        self.told.clone_from(told);
    }

    /// Completes when a service tells another schema than when it was asked last; never where nobody is to ask. A service that
    /// does not tell now has not changed. Dropped and called again, it goes on.
    pub(super) async fn change(&mut self, present: &Made) {
        let config = &present.config;
        let (Some(interval), Some(list)) = (config.reload.poll_services, &config.compose) else {
            return pending().await;
        };
        loop {
            let asking = match &mut self.asking {
                Some(asking) => asking,
                empty => {
                    let next = *self.next.get_or_insert_with(|| Instant::now() + spread(interval.0));
                    sleep_until(next).await;
                    let (list, client) = (list.clone(), present.client.clone());
                    empty.insert(async move { ask(&list, &client).await }.boxed())
                }
            };
            let told = asking.await;
            (self.asking, self.next) = (None, None);
            let is_new = |(name, hash)| self.told.get(name) != Some(hash);
            if told.iter().any(is_new) {
                // What is refused is not read again before it changes.
                self.told.extend(told);
                return;
            }
        }
    }
}

/// About an interval, so that not all gateways ask at once.
fn spread(interval: Duration) -> Duration {
    interval.mul_f64(0.9 + rand::random::<f64>() / 5.0)
}
