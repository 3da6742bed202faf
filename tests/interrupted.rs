//! A first start that is killed at any moment is completed by the next one: nothing is missing, nothing is there twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sea_orm::{Database, DatabaseConnection};
use serde_json::json;

use crate::harness::{Program, SERVICES, SMALL, demo, program, rows};

/// Columns that say when a row was written.
const TIMES: [&str; 6] =
    ["created_at", "updated_at", "recorded_at", "applied_at", "occurred_at", "told_until"];

/// Columns that are others each time: entries of the audit trail get ids as they are made, and are hashed with them and
/// the time.
const NEW_EACH_TIME: [(&str, &str); 6] = [
    ("audit_entries", "id"),
    ("audit_entries", "record_id"),
    ("audit_entries", "at"),
    ("audit_links", "entry_id"),
    ("audit_links", "hash"),
    ("audit_heads", "hash"),
];

/// What is there of a first start when it is killed, in the order in which it comes to be.
const MOMENTS: [(&str, Moment); 9] = [
    ("the folder's first secret", Moment::File("user-token.secret")),
    ("its second secret", Moment::File("internal-token.secret")),
    ("the first database", Moment::File("networks.db")),
    ("the last database", Moment::AllDatabases),
    ("tables of a database", Moment::Rows("compliance", "seaql_migrations")),
    ("units", Moment::Rows("networks", "networks")),
    ("requirements", Moment::Rows("compliance", "requirements")),
    ("integrations", Moment::Rows("integrations", "integrations")),
    ("figures", Moment::Rows("analytics", "daily_facts")),
];

#[derive(Clone, Copy)]
enum Moment {
    File(&'static str),
    AllDatabases,
    Rows(&'static str, &'static str),
}

impl Moment {
    async fn has_come(self, data: &Path) -> bool {
        match self {
            Self::File(name) => data.join(name).exists(),
            Self::AllDatabases => SERVICES.iter().all(|service| file(data, service).exists()),
            Self::Rows(service, table) => {
                let Ok(database) = open(data, service).await else { return false };
                let sql = format!("select count(*) from {table}");
                let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
                let row = sea_orm::ConnectionTrait::query_one_raw(&database, statement).await;
                let count = row.ok().flatten().and_then(|row| row.try_get_by_index::<i64>(0).ok());
                let _ = database.close().await;
                count.is_some_and(|count| count > 0)
            }
        }
    }
}

fn file(data: &Path, service: &str) -> PathBuf {
    data.join(format!("{service}.db"))
}

async fn open(data: &Path, service: &str) -> Result<DatabaseConnection, sea_orm::DbErr> {
    Database::connect(format!("sqlite://{}?mode=ro", file(data, service).display())).await
}

/// A new folder that is to get a small demo.
fn folder_for_the_demo(root: &Path, name: &str) -> PathBuf {
    let demo = demo(SMALL);
    let data = root.join(name);
    let file = json!({ "seed": demo.seed, "made_on": demo.made_on, "scale": demo.scale });
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("demo.json"), file.to_string()).unwrap();
    data
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(program("franchise"));
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
    command
}

/// Starts until the platform is ready, and ends it.
fn start_whole(data: &Path) {
    Program::start("franchise", &mut command(data)).kill();
}

/// Starts until a moment has come, and kills the process then. Whether it was ready by then.
async fn start_until(data: &Path, moment: Moment) -> bool {
    let mut child = Killed(command(data).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    while !moment.has_come(data).await {
        assert!(child.0.try_wait().unwrap().is_none(), "the program ended by itself");
        tokio::task::yield_now().await;
    }
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    let mut printed = String::new();
    std::io::Read::read_to_string(&mut child.0.stdout.take().unwrap(), &mut printed).unwrap();
    !printed.is_empty()
}

/// A process that does not outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All rows of all tables, without what is new each time.
async fn content(data: &Path) -> BTreeMap<String, Vec<String>> {
    let mut content = BTreeMap::new();
    for service in SERVICES {
        let database = open(data, service).await.unwrap();
        let tables = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'";
        for [table] in rows::<1>(&database, tables).await {
            let columns =
                rows::<1>(&database, &format!("select name from pragma_table_info('{table}')")).await;
            let new =
                |column: &str| TIMES.contains(&column) || NEW_EACH_TIME.contains(&(table.as_str(), column));
            let shown = columns.iter().filter(|[column]| !new(column));
            let row: Vec<String> = shown.map(|[column]| format!("quote(\"{column}\")")).collect();
            let sql = format!("select {} from \"{table}\" order by 1", row.join(" || ',' || "));
            let rows = rows::<1>(&database, &sql).await.into_iter().map(|[row]| row).collect();
            content.insert(format!("{service}.{table}"), rows);
        }
        database.close().await.unwrap();
    }
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_first_start_is_completed_by_the_next() {
    let root = tempfile::tempdir().unwrap();
    let whole = folder_for_the_demo(root.path(), "whole");
    start_whole(&whole);
    let expected = content(&whole).await;
    assert!(expected["analytics.daily_facts"].len() > 1000, "the demo has figures");
    let mut interrupted = 0;
    for (name, moment) in MOMENTS {
        let data = folder_for_the_demo(root.path(), &name.replace(' ', "-"));
        interrupted += usize::from(!start_until(&data, moment).await);
        start_whole(&data);
        let found = content(&data).await;
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "killed at: {name}"
        );
        for (table, rows) in &found {
            let (count, wanted) = (rows.len(), expected[table].len());
            assert_eq!(count, wanted, "killed at: {name}: rows of {table}");
            assert!(*rows == expected[table], "killed at: {name}: {table} has other rows");
        }
    }
    assert!(interrupted >= MOMENTS.len() - 2, "only {interrupted} starts were killed before they were ready");
}
