//! Running the program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use franchise::platform::Platform;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `franchise` with the data folder of this test.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_franchise"))
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .env_remove("RUST_LOG")
            .output()
            .unwrap();
        Outcome { called: arguments.join(" "), output }
    }

    pub(crate) async fn platform(&self) -> Platform {
        Platform::open(&self.data()).await.unwrap()
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) struct Outcome {
    called: String,
    output: Output,
}

impl Outcome {
    pub(crate) fn succeeded(self) -> String {
        assert!(self.output.status.success(), "{self}");
        String::from_utf8(self.output.stdout).unwrap()
    }

    /// What standard error says; the exit code must not be 0.
    pub(crate) fn failed(self) -> String {
        assert!(!self.output.status.success(), "{self}");
        String::from_utf8(self.output.stderr).unwrap()
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "`franchise {}` ended with {}\n--- standard output\n{}\n--- standard error\n{}",
            self.called,
            self.output.status,
            String::from_utf8_lossy(&self.output.stdout),
            String::from_utf8_lossy(&self.output.stderr)
        )
    }
}

/// A number that a statement yields.
pub(crate) async fn number(database: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Sqlite, sql.to_owned());
    let row = database.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}
