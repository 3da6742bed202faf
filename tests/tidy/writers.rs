//! Whoever writes rows of a service has those who follow them told.

use super::{files, root};

const SERVICES: [&str; 4] = ["networks", "analytics", "integrations", "compliance"];

/// How statements that change rows are written.
const WRITES: [&str; 13] = [
    "insert_all::<",
    "insert_many(",
    "Entity::insert(",
    ".insert(transaction)",
    ".insert(&transaction)",
    ".update(transaction)",
    ".update(&transaction)",
    "update_many(",
    "delete_many(",
    "delete_by_id(",
    "Query::insert()",
    "Query::update()",
    "Query::delete()",
];

/// What has followers told, directly or as the function that it goes through does.
const RECORDS: [&str; 3] = ["changes::record(", "audit::record(", "writing::change("];

/// Files that write and do not tell, with the reason.
const SILENT: [(&str, &str); 3] = [
    (
        "crates/networks/src/group/mutation.rs",
        "a group that moves is told with everything below it, and is stored by `Change::store`",
    ),
    (
        "crates/compliance/src/audit/load.rs",
        "whoever follows the records is told in the service that they were loaded into",
    ),
    ("crates/compliance/src/audit/chain/append.rs", "a link is of an entry, which is recorded with it"),
];

#[test]
fn whoever_writes_rows_records_what_followers_are_told() {
    let mut writers = Vec::new();
    let mut wrong = Vec::new();
    for service in SERVICES {
        for file in files(&root().join("crates").join(service).join("src"), "rs") {
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            let text = std::fs::read_to_string(&file).unwrap();
            if shown.contains("/migration/") || !WRITES.iter().any(|write| text.contains(write)) {
                continue;
            }
            let records = RECORDS.iter().any(|record| text.contains(record));
            let silent = SILENT.iter().any(|(name, _)| *name == shown);
            if !records && !silent {
                wrong.push(format!(
                    "{shown}: writes rows but records no change: go through the writer of the table, or say in \
                     {} why nobody is to be told",
                    file!()
                ));
            }
            if records && silent {
                wrong.push(format!("{shown}: records changes and needs no exception"));
            }
            writers.push(shown);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for service in SERVICES {
        let prefix = format!("crates/{service}/");
        assert!(writers.iter().any(|file| file.starts_with(&prefix)), "no file of {service} seems to write");
    }
}
