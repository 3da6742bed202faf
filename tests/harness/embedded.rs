//! The embedded platform: everything in one process, on SQLite files in a folder of its own.

use std::sync::Arc;

use franchise::databases::Databases;
use franchise::demo::{Demo, seed};
use franchise::platform::Platform;
use gateway::config::HttpConfig;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{Client, USER_SECRET};

/// A running embedded platform with demo data.
pub(crate) struct Embedded {
    pub(crate) client: Client,
    pub(crate) databases: Databases,
    _folder: TempDir,
}

impl Embedded {
    pub(crate) async fn start(demo: Demo) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("user-token.secret"), USER_SECRET).unwrap();
        let platform = Platform::open(folder.path()).await.unwrap();
        let databases = platform.databases();
        seed(demo, &databases, &|_, _| {}).await.unwrap();
        platform.catch_up().await.unwrap();
        platform.follow();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let gateway = franchise::serve::gateway(&platform, address, HttpConfig::default()).await.unwrap();
        tokio::spawn(gateway::serve(listener, Arc::new(gateway), std::future::pending()));
        Self { client: Client::new(address), databases, _folder: folder }
    }
}
