//! Taking up what changes in the files a gateway was started from, without dropping a request.
//!
//! Files are looked at by their content; a change is taken up when two looks in a row find the same, so that a file is
//! not read half written; services that tell their own schema are asked from time to time. What was read becomes the next generation of the gateway as a whole, or is refused as a whole
//! with every reason, and the present generation goes on.

mod certificate;
mod files;
mod services;
mod source;
mod status;

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use federation::HotPlan;
use futures::future::{OptionFuture, pending};
use tokio::signal::unix::Signal;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

pub(crate) use self::files::Files;
use self::files::Seen;
use self::services::Services;
pub use self::source::BuildError;
use self::source::Connected;
pub(crate) use self::source::{Made, Source};
pub(crate) use self::status::{Status, Told};
use crate::app::Gateway;
use crate::config::{Config, ReloadConfig};
use crate::live::{Live, WeakLive};
use crate::telemetry::metrics;
use crate::views::View;

/// When services that did not tell their schema are asked again.
const ASKED_AGAIN: Duration = Duration::from_secs(10);

/// Follows the files of one gateway.
pub(crate) struct Reloader {
    live: WeakLive,
    source: Source,
    files: Files,
    /// What the process was started with.
    started: Config,
    present: Made,
    /// Keys and certificates of the present generation.
    secrets: Seen,
    services: Services,
}

impl Reloader {
    /// Follows the files that a gateway was made of.
    pub(crate) fn new(live: &Live, source: Source, files: Files, present: Made) -> Self {
        let secrets = files.read.of(&present.config.secret_files());
        let started = present.config.clone();
        let mut services = Services::default();
        services.note(&present.told);
        Self { live: live.downgrade(), source, files, started, present, secrets, services }
    }

    /// Follows them until the gateway is gone. `asked` is a signal to read them now.
    pub(crate) async fn run(mut self, mut asked: Signal) {
        let mut ticks = interval(self.started.reload.interval.0);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut again = None;
        loop {
            let due = tokio::select! {
                signal = asked.recv() => match signal {
                    Some(()) => true,
                    None => pending().await,
                },
                Some(()) = OptionFuture::from(again.map(sleep_until)) => true,
                () = self.services.change(&self.present) => true,
                _ = ticks.tick(), if self.started.reload.watch => self.files.have_changed(),
            };
            let Some(live) = self.live.upgrade() else { return };
            if !due {
                continue;
            }
            // Reading, composing and planning takes a thread of its own.
            let handle = tokio::runtime::Handle::current();
            let reading = tokio::task::spawn_blocking(move || {
                let transient = handle.block_on(self.reload(&live));
                (self, transient)
            });
            let transient;
            (self, transient) = match reading.await {
                Ok(outcome) => outcome,
                Err(error) => {
                    tracing::error!(%error, "files are not followed any more");
                    return;
                }
            };
            again = transient.then(|| tokio::time::Instant::now() + ASKED_AGAIN);
        }
    }

    /// Reads everything and serves it, or says why not; whether to try again although nothing changed.
    async fn reload(&mut self, live: &Live) -> bool {
        // Before the files are read: what changes while they are, is seen later.
        self.files.begin();
        let gateway = live.gateway();
        let outcome = self.take_up(live, &gateway).await;
        metrics::reloaded(outcome.is_ok());
        match outcome {
            Ok(()) => {
                let keys = self.started.fixed_differences(&self.present.config);
                if !keys.is_empty() {
                    tracing::warn!(keys = keys.join(", "), "these keys take effect with a restart only");
                }
                gateway.shared.status.accepted(keys);
                false
            }
            Err(error) => {
                let reasons = error.to_string();
                tracing::error!(
                    "a change of files is refused, and what was served before still is:\n{reasons}"
                );
                gateway.shared.status.refused(reasons);
                error.is_transient()
            }
        }
    }

    async fn take_up(&mut self, live: &Live, gateway: &Gateway) -> Result<(), BuildError> {
        let material = match self.source.material(Some(&self.present)).await {
            Ok(material) => material,
            Err(error) => {
                // The files that are named may be others.
                if let Ok(config) = (self.source.read)() {
                    self.files.watch(self.source.watched(&config));
                }
                return Err(error);
            }
        };
        let Made { config, sdl, told, .. } = &material.made;
        self.services.note(told);
        self.files.watch(self.source.watched(config));
        let secrets = self.files.read.of(&config.secret_files());
        if *config == self.present.config && *sdl == self.present.sdl && secrets == self.secrets {
            if let Some(folder) = &config.operations.folder {
                gateway.replace_folder(folder)?;
                tracing::info!("stored operations are read again");
            }
            return Ok(());
        }
        let Connected { engine, probe, made } = self.source.engine(material)?;
        let next = gateway.successor(engine, &made.config).await?.with_probe(probe);
        let (prepared, unfit) = prepare(gateway, &next, &made.config.reload).await;
        live.replace(next);
        let generation = gateway.shared.status.took_over(prepared);
        tracing::info!(generation, prepared, unfit, "a new configuration or schema is served");
        (self.present, self.secrets) = (made, secrets);
        Ok(())
    }
}

/// Makes the plans that will be asked for, of the whole schema and of every contract; how many there are, and how many the
/// new schema or a contract has no place for.
async fn prepare(before: &Gateway, next: &Gateway, config: &ReloadConfig) -> (usize, usize) {
    let until = Instant::now() + config.prepare_timeout.0;
    let views = next.views.successors(&before.views, until).await;
    let mut hot: Vec<(&View, HotPlan)> = Vec::new();
    for (old, new) in &views {
        hot.extend(old.engine.hot_plans(config.prepare_plans).into_iter().map(|plan| (&**new, plan)));
    }
    // What is used most comes first, whoever uses it.
    hot.sort_by_key(|(_, plan)| Reverse(plan.uses()));
    let operations = next.operations();
    let stored = views.iter().flat_map(|(_, view)| {
        operations.iter().map(move |operation| (&**view, HotPlan::of_document(operation.text.clone())))
    });
    let (mut prepared, mut unfit) = (0, 0);
    for (view, plan) in hot.into_iter().chain(stored).take(config.prepare_plans) {
        if Instant::now() >= until {
            break;
        }
        if view.engine.prepare_plan(&plan) { prepared += 1 } else { unfit += 1 }
    }
    (prepared, unfit)
}
