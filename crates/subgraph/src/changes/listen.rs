//! PostgreSQL tells of changes that other replicas made.

use std::sync::Weak;
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use uuid::Uuid;

use super::Feed;

/// The channel of notifications; each names a network.
pub(super) const CHANNEL: &str = "changes";

/// Listens for as long as the feed is there, on a connection of its own: those of the pool are for requests.
pub(super) async fn listen(options: PgConnectOptions, feed: Weak<Feed>, pause: Duration) {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = pool.connect_lazy_with(options);
    while feed.strong_count() > 0 {
        if let Err(error) = heed(&pool, &feed).await {
            tracing::warn!(%error, "cannot listen for changes; looks for them from time to time instead");
        }
        tokio::time::sleep(pause).await;
    }
}

/// Hands on what is told until the connection fails.
async fn heed(pool: &sqlx::PgPool, feed: &Weak<Feed>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Whatever happened while nobody listened was told to nobody.
        let Some(told) = feed.upgrade() else { return Ok(()) };
        told.wake_all();
        drop(told);
        while let Some(notification) = listener.try_recv().await? {
            let Some(told) = feed.upgrade() else { return Ok(()) };
            match Uuid::parse_str(notification.payload()) {
                Ok(network) => told.wake(network),
                Err(_) => told.wake_all(),
            }
        }
    }
}
