//! The certificate of a gateway that is embedded in another program, which has no other files to follow.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::files::{Files, Watched};
use crate::app::Gateway;
use crate::live::{Live, WeakLive};
use crate::telemetry::metrics;
use crate::tls::{Listener, TlsError};

impl Live {
    /// Looks for changes of the files that `http.tls` names, until the gateway is gone. New connections are made with what
    /// the files hold then, and open ones go on. What cannot be used is refused with a line in the log, in `/ready` and in
    /// metrics, and what was shown before still is; `named` says what it was refused for in the words of the embedder, whose
    /// settings may have other names. Without `http.tls` there is nothing to look for.
    pub fn follow_certificate(
        &self,
        interval: Duration,
        named: impl Fn(TlsError) -> TlsError + Send + 'static,
    ) {
        tokio::spawn(follow(self.downgrade(), interval, named));
    }
}

async fn follow(live: WeakLive, period: Duration, named: impl Fn(TlsError) -> TlsError) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut files: Option<Files> = None;
    loop {
        ticks.tick().await;
        let Some(gateway) = live.gateway() else { return };
        let Some(listener) = &gateway.tls else { return };
        let watched = || Watched { files: listener.files(), operations: None };
        let is_due = match &mut files {
            Some(files) => {
                files.watch(watched());
                files.have_changed()
            }
            // They may have changed since they were read.
            None => true,
        };
        if is_due {
            files.get_or_insert_with(|| Files::new(watched())).begin();
            take_up(&gateway, listener, &named);
        }
    }
}

fn take_up(gateway: &Gateway, listener: &Listener, named: impl Fn(TlsError) -> TlsError) {
    let outcome = listener.renew().map_err(named);
    metrics::reloaded(outcome.is_ok());
    match outcome {
        Ok(()) => {
            tracing::info!("the certificate is read again");
            gateway.shared.status.accepted(Vec::new());
        }
        Err(error) => {
            tracing::error!("a changed certificate is refused, and the one before is still shown: {error}");
            gateway.shared.status.refused(error.to_string());
        }
    }
}
