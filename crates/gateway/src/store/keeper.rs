//! What makes connections to Redis when there is none, and finds out when one is dead.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::State;

/// How soon a connection is made after one is lost; doubled with every failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How often a connection is tried that nobody may have used.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Keeps a store connected until it is gone.
pub(super) async fn keep(state: Weak<State>) {
    while let Some(present) = state.upgrade() {
        if present.present().1.is_some() {
            // Whoever loses the connection ends the wait.
            let _ = timeout(LOOK_EVERY, present.lost.notified()).await;
            if Arc::strong_count(&present) == 1 {
                return;
            }
            look(&present).await;
        } else {
            drop(present);
            reconnect(&state).await;
        }
    }
}

/// Asks for nothing, to see whether there is an answer.
async fn look(state: &State) {
    let ping = redis::cmd("PING");
    state.ask::<(), _>(async |mut connection| ping.query_async(&mut connection).await).await;
}

async fn reconnect(state: &Weak<State>) {
    let mut pause = FIRST_PAUSE;
    let mut is_refused = false;
    loop {
        sleep(pause).await;
        let Some(state) = state.upgrade() else { return };
        match state.connect().await {
            Ok(()) => {
                tracing::info!("Redis answers again");
                return;
            }
            // Somebody has to do something; it is said once.
            Err(error) if error.is_refusal() && !is_refused => {
                is_refused = true;
                tracing::error!(%error, "Redis is not used");
            }
            Err(error) => tracing::debug!(%error, "Redis is not reached"),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
