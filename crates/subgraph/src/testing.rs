//! Databases for tests: a SQLite file or a PostgreSQL database of its own for each.
//!
//! PostgreSQL comes from `TEST_POSTGRES_URL` (a server the test command started) or from a private server
//! that this process starts from the installed binaries and that ends with it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use uuid::Uuid;

use crate::database::{DatabaseConfig, open};

/// The databases every service supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Backend {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A migrated database that belongs to one test.
pub struct TestDatabase {
    /// The open connection, with a count of statements.
    pub connection: DatabaseConnection,
    /// How to open it again.
    pub url: String,
    /// Statements executed through `connection` and its clones.
    pub statements: Statements,
    _folder: Option<TempDir>,
}

/// A count of SQL statements.
#[derive(Clone, Debug, Default)]
pub struct Statements(Arc<AtomicUsize>);

impl Statements {
    /// Counts what is executed through a connection and its clones from now on.
    pub fn count(connection: &mut DatabaseConnection) -> Self {
        let statements = Self::default();
        let count = statements.clone();
        connection.set_metric_callback(move |_| {
            count.0.fetch_add(1, Ordering::SeqCst);
        });
        statements
    }

    /// How many since the last call.
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl TestDatabase {
    /// Makes and migrates a database.
    ///
    /// # Panics
    /// When the database cannot be made; a test cannot go on without it.
    #[expect(clippy::unwrap_used, reason = "a test without its database must fail loudly")]
    pub async fn new<M: MigratorTrait>(backend: Backend) -> Self {
        let (url, folder) = match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display()), Some(folder))
            }
            Backend::Postgres => (create_postgres_database().await, None),
        };
        let mut connection = open::<M>(&DatabaseConfig::new(&url)).await.unwrap();
        let statements = Statements::count(&mut connection);
        Self { connection, url, statements, _folder: folder }
    }
}

#[expect(clippy::unwrap_used, reason = "a test without its database must fail loudly")]
async fn create_postgres_database() -> String {
    let server = postgres_server();
    let name = format!("t{}", Uuid::now_v7().simple());
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    format!("{server}/{name}")
}

/// The URL of a PostgreSQL server, without a database name.
pub fn postgres_server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(|| std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| start_private_postgres()))
}

/// Starts a server that dies with this process: its parent is a thread that lives as long as the process, and
/// the kernel signals the server when that thread ends.
#[expect(clippy::expect_used, reason = "a test without its database must fail loudly")]
fn start_private_postgres() -> String {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let server = PrivatePostgres::start();
        let _ = sender.send(server.url.clone());
        loop {
            std::thread::park();
        }
    });
    receiver.recv().expect("a private PostgreSQL server")
}

struct PrivatePostgres {
    url: String,
    _server: Child,
    _folder: TempDir,
}

impl PrivatePostgres {
    #[expect(clippy::unwrap_used, clippy::panic, reason = "a test without its database must fail loudly")]
    fn start() -> Self {
        let binaries = binaries();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        if is_root() {
            let owned = Command::new("chown").arg("postgres:postgres").arg(folder.path()).status().unwrap();
            assert!(owned.success(), "chown of {} failed", folder.path().display());
        }
        let initialised = unprivileged(&binaries.join("initdb"), folder.path())
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(initialised.success(), "initdb failed");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = unprivileged(&binaries.join("postgres"), folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k"])
            .arg(folder.path())
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off"])
            .args(["-c", "full_page_writes=off", "-c", "max_connections=100"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.try_wait().unwrap() {
                panic!("PostgreSQL ended at start: {status}");
            }
            assert!(Instant::now() < deadline, "PostgreSQL did not start within 30 s");
            std::thread::yield_now();
        }
        Self { url: format!("postgres://postgres@127.0.0.1:{port}"), _server: server, _folder: folder }
    }
}

/// PostgreSQL refuses to run as root: drop to its own user, and end with the parent thread.
fn unprivileged(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg(program).current_dir(folder);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|entry| {
        use std::os::unix::fs::MetadataExt;
        entry.uid() == 0
    })
}

#[expect(clippy::expect_used, reason = "a test without its database must fail loudly")]
fn binaries() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL server binaries under /usr/lib/postgresql (Debian package `postgresql`)")
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("a PostgreSQL version with `initdb`")
}
