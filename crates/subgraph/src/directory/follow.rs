//! Keeping a service's directory up to date with the networks service.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sea_orm::DatabaseConnection;
use tokio::sync::watch;

use super::grants::Grants;
use super::publish::{apply, changes_after, now};
use super::record::Changes;
use crate::caller::token::{HEADER, Secret, Subject};
use crate::database::begin;

/// Rows of each kind in a page of the feed.
const PAGE: u64 = 1000;

/// The largest page that is read from another service, in bytes.
const MAX_PAGE_BYTES: usize = 64 << 20;

/// Why following failed; it is tried again.
pub type FollowError = Box<dyn std::error::Error + Send + Sync>;

type ChangesFuture<'a> = Pin<Box<dyn Future<Output = Result<Changes, FollowError>> + Send + 'a>>;

/// Where changes come from.
pub trait ChangeSource: Send + Sync {
    /// A page of what changed after a change.
    fn changes_after(&self, after: i64) -> ChangesFuture<'_>;
}

/// The networks service's database, in the same process.
impl ChangeSource for DatabaseConnection {
    fn changes_after(&self, after: i64) -> ChangesFuture<'_> {
        Box::pin(async move { Ok(changes_after(self, after, PAGE).await?) })
    }
}

/// The networks service, over HTTP.
pub struct HttpSource {
    url: String,
    service: String,
    secret: Secret,
    client: Client<HttpConnector, Empty<bytes::Bytes>>,
}

impl HttpSource {
    /// Follows the feed at `{base_url}/directory/changes`, as the named service.
    pub fn new(base_url: &str, service: &str, secret: Secret) -> Self {
        Self {
            url: format!("{}/directory/changes", base_url.trim_end_matches('/')),
            service: service.to_owned(),
            secret,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }
}

impl ChangeSource for HttpSource {
    fn changes_after(&self, after: i64) -> ChangesFuture<'_> {
        Box::pin(async move {
            let token = self.secret.sign(&Subject::Service(self.service.clone()), Duration::from_secs(60))?;
            let request = http::Request::get(format!("{}?after={after}", self.url))
                .header(HEADER, token)
                .body(Empty::<bytes::Bytes>::new())?;
            let response =
                tokio::time::timeout(Duration::from_secs(30), self.client.request(request)).await??;
            if !response.status().is_success() {
                return Err(format!("the networks service answered {}", response.status()).into());
            }
            let body = Limited::new(response.into_body(), MAX_PAGE_BYTES).collect().await?.to_bytes();
            Ok(serde_json::from_slice(&body)?)
        })
    }
}

/// A service's follower.
pub struct Follower {
    database: DatabaseConnection,
    source: Arc<dyn ChangeSource>,
    grants: Arc<Grants>,
}

impl Follower {
    /// Follows `source` into `database`; `grants` forgets what it has cached when something changed.
    pub fn new(database: DatabaseConnection, source: Arc<dyn ChangeSource>, grants: Arc<Grants>) -> Self {
        Self { database, source, grants }
    }

    /// Takes over everything that is new, page by page, each page in one transaction.
    ///
    /// # Errors
    /// When the source or the database fails; what was taken over before stays.
    pub async fn catch_up(&self) -> Result<(), FollowError> {
        loop {
            let after = now(&self.database).await?;
            let changes = self.source.changes_after(after).await?;
            let (complete, up_to) = (changes.complete, changes.up_to);
            if up_to > after {
                let transaction = begin(&self.database).await?;
                apply(&transaction, changes).await?;
                transaction.commit().await?;
                self.grants.forget();
            }
            if complete {
                return Ok(());
            }
            if up_to <= after {
                return Err("the networks service's feed does not advance".into());
            }
        }
    }

    /// Catches up at once, whenever `changes` tells of one, and at the latest after each `interval`; never
    /// returns.
    pub async fn run(self, mut changes: Option<watch::Receiver<()>>, interval: Duration) {
        loop {
            if let Err(error) = self.catch_up().await {
                tracing::warn!(%error, "cannot follow the directory; will try again");
            }
            match &mut changes {
                Some(changes) => {
                    let told = tokio::time::timeout(interval, changes.changed()).await;
                    if matches!(told, Ok(Err(_))) {
                        tokio::time::sleep(interval).await;
                    }
                }
                None => tokio::time::sleep(interval).await,
            }
        }
    }
}
