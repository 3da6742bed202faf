//! Redis servers, each with a port and a folder of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use redis::aio::MultiplexedConnection;
use redis::{Client, FromRedisValue};
use tempfile::TempDir;

/// A running server, which ends with the test.
pub(crate) struct Redis {
    child: Child,
    port: u16,
    options: Vec<String>,
    folder: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with more options.
    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        // Another program may take the port before the server does.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = spawn(port, &options, &folder);
            if is_up(port, &mut child).await {
                return Self { child, port, options, folder };
            }
        }
        panic!("redis-server does not start:\n{}", log(&folder));
    }

    /// Three servers that are a cluster, each with a third of the keys.
    pub(crate) async fn cluster() -> [Self; 3] {
        let node = || Self::start_with(&["--cluster-enabled", "yes"]);
        let nodes = [node().await, node().await, node().await];
        let slots = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];
        for (index, (node, (first, last))) in nodes.iter().zip(slots).enumerate() {
            let _: String = node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()]).await;
            let _: String = node.ask(&["CLUSTER", "ADDSLOTSRANGE", first, last]).await;
            let _: String = node.ask(&["CLUSTER", "MEET", "127.0.0.1", &nodes[0].port.to_string()]).await;
        }
        for node in &nodes {
            loop {
                let info: String = node.ask(&["CLUSTER", "INFO"]).await;
                if info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3") {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        nodes
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts the server again where it was, with nothing in it.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(self.port, &self.options, &self.folder);
        assert!(is_up(self.port, &mut self.child).await, "{}", log(&self.folder));
    }

    /// The server hears, and does not answer.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// What a command is answered with.
    pub(crate) async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        ask(&mut connection(&self.url()).await, words).await
    }

    /// All keys, in order.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.ask(&["KEYS", "*"]).await;
        keys.sort();
        keys
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, options: &[String], folder: &TempDir) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.arg("--dir").arg(folder.path()).args(["--logfile", "redis.log"]).args(options);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("redis-server: {error}; `tests/run` installs it"))
}

fn log(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("redis.log")).unwrap_or_default()
}

/// Waits until a server answers; whether it does before it ends.
async fn is_up(port: u16, child: &mut Child) -> bool {
    let client = Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let connected = client.get_multiplexed_async_connection().await;
        let answer = match connected {
            Ok(mut connection) => redis::cmd("PING").query_async::<String>(&mut connection).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(_) => return true,
            // It is there, and wants a password.
            Err(error) if error.code() == Some("NOAUTH") => return true,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn connection(url: &str) -> MultiplexedConnection {
    Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

async fn ask<T: FromRedisValue>(connection: &mut MultiplexedConnection, words: &[&str]) -> T {
    let (name, arguments) = words.split_first().unwrap();
    redis::cmd(name).arg(arguments).query_async(connection).await.unwrap()
}
