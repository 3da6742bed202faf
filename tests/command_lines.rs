//! Programs that cannot do what they are told say what is wrong, where, and what to do, and end with a failure.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::harness::{INTERNAL_SECRET, SERVICES, USER_SECRET, program};

/// Runs a program that is to fail with an exit code and to say some phrases on standard error, and nothing else.
#[track_caller]
fn fails(name: &str, folder: &Path, arguments: &[&str], code: i32, phrases: &[&str]) {
    let mut command = Command::new(program(name));
    command.current_dir(folder).args(arguments);
    for variable in ["DATABASE_URL", "INTERNAL_SECRET_FILE", "NETWORKS_URL", "RUST_LOG"] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{name} {arguments:?}\n{said}");
    assert!(output.stdout.is_empty(), "{name} {arguments:?} prints before it fails");
    for phrase in phrases {
        assert!(said.contains(phrase), "{name} {arguments:?} does not say `{phrase}`\n{said}");
    }
    let secret = ["hunter2", INTERNAL_SECRET, USER_SECRET].into_iter().find(|secret| said.contains(secret));
    assert!(secret.is_none() && !said.contains("panicked"), "{name} {arguments:?}\n{said}");
}

/// A port that somebody listens on.
fn taken() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn services_explain_why_they_cannot_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("short.secret"), "too short").unwrap();
    std::fs::write(path.join("garbage.db"), "no database ".repeat(1000)).unwrap();
    let (_listener, taken) = taken();
    for service in SERVICES {
        service_explains(service, path, &taken);
    }
}

fn service_explains(service: &str, folder: &Path, taken: &str) {
    let sqlite = format!("sqlite://{service}.db?mode=rwc");
    let sqlite = sqlite.as_str();
    let cases: [(&[&str], i32, &[&str]); 11] = [
        (&[], 1, &["error: nothing to do", "serve --database URL", "--help"]),
        (&["serve"], 2, &["--database <URL>"]),
        (&["serve", "--databse", sqlite], 2, &["unexpected argument '--databse'", "'--database'"]),
        (
            &["serve", "--database", sqlite, "--listen", "4101"],
            2,
            &["invalid value '4101' for '--listen <ADDR>'", "for example 127.0.0.1:4000"],
        ),
        (
            &["serve", "--database", "sqlite://missing.db"],
            1,
            &["cannot open the database at sqlite://missing.db: there is no such file", "`?mode=rwc`"],
        ),
        (
            &["serve", "--database", "mysql://me:hunter2@db/x"],
            1,
            &["the URL of a database must start with `sqlite:` or `postgres:`"],
        ),
        (
            &["serve", "--database", "sqlite://no/such/folder/x.db?mode=rwc"],
            1,
            &["cannot open the database at sqlite://no/such/folder/x.db", "check that"],
        ),
        (
            &["serve", "--database", "sqlite://garbage.db"],
            1,
            &["sqlite://garbage.db", "not a database", "check that"],
        ),
        (
            &["serve", "--database", sqlite, "--listen", taken],
            1,
            &["cannot listen on 127.0.0.1:", "choose another with `--listen ADDR`"],
        ),
        (
            &["serve", "--database", sqlite, "--internal-secret-file", "gone.secret"],
            1,
            &["cannot read `--internal-secret-file` gone.secret", "No such file"],
        ),
        (
            &["serve", "--database", sqlite, "--internal-secret-file", "short.secret"],
            1,
            &["short.secret: ", "has 9 bytes, at least 32 are needed", "makes one"],
        ),
    ];
    for (arguments, code, phrases) in cases {
        fails(service, folder, arguments, code, phrases);
    }
    if service != "networks" {
        let serve = ["serve", "--database", sqlite, "--networks-url", "networks:4101"];
        fails(service, folder, &serve, 1, &["`--networks-url networks:4101`", "http://"]);
    }
}

/// The port is one that nobody listens on: it was free a moment ago, and is not given out again so soon.
#[test]
fn a_database_that_is_down_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let (listener, address) = taken();
    drop(listener);
    let url = format!("postgres://me:hunter2@{address}/own");
    let place = format!("cannot open the database at postgres://{address}/own: nobody answered within 5 s");
    fails("networks", folder.path(), &["serve", "--database", &url], 1, &[&place, "check that"]);
    let url = format!("postgres://me:hunter2@{address}/{{service}}");
    let place = format!("cannot open the database at postgres://{address}/");
    fails("franchise", folder.path(), &["demo", "--databases", &url], 1, &[&place, "check that"]);
}

#[test]
fn the_platform_explains_why_it_cannot_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let write = |file: &str, text: &str| {
        let file = path.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write("file", "");
    write("garbage/networks.db", &"no database ".repeat(1000));
    write("short/user-token.secret", "too short");
    write("demo/demo.json", "{\"seed\": \"seven\"}");
    write("short.secret", "too short");
    write("user.secret", USER_SECRET);
    let (_listener, taken) = taken();
    let any = "127.0.0.1:0";
    let cases: [(&[&str], i32, &[&str]); 14] = [
        (&["--lisen", any], 2, &["unexpected argument '--lisen'", "'--listen'"]),
        (&["serv"], 2, &["unrecognized subcommand 'serv'", "'serve'"]),
        (
            &["--listen", "localhost"],
            2,
            &["invalid value 'localhost' for '--listen <ADDR>'", "for example 127.0.0.1:4000"],
        ),
        (
            &["--listen", &taken, "--empty"],
            1,
            &["cannot listen on 127.0.0.1:", "choose another address with `--listen ADDR`"],
        ),
        (
            &["--listen", any, "--data", "file/data"],
            1,
            &["cannot write to the data folder file/data", "choose another with `--data DIR`"],
        ),
        (
            &["--listen", any, "--data", "garbage"],
            1,
            &["garbage/networks.db", "not a database", "check that"],
        ),
        (
            &["--listen", any, "--data", "short"],
            1,
            &["short/user-token.secret", "at least 32 are needed", "delete the file"],
        ),
        (
            &["--listen", any, "--data", "demo"],
            1,
            &["demo/demo.json", "line 1 column", "delete it to go on without demo data"],
        ),
        (&["token", "--data", "nowhere"], 1, &["there is no platform in nowhere", "start it once"]),
        (
            &["token", "--databases", "postgres://db/{service}"],
            1,
            &["`--databases` needs `--secret-file FILE`"],
        ),
        (
            &["token", "--databases", "sqlite://x.db", "--secret-file", "short.secret"],
            1,
            &["short.secret: ", "at least 32 are needed"],
        ),
        (&["demo", "--databases", "postgres://db/one"], 1, &["`--databases` must contain `{service}`"]),
        (
            &["demo", "--databases", "sqlite://{service}.db?mode=rwc", "--made-on", "2999-01-01"],
            1,
            &["`--made-on 2999-01-01` is in the future"],
        ),
        (&["import", "--network", "acme", "--data", "own", "--databases", "x"], 2, &["cannot be used with"]),
    ];
    for (arguments, code, phrases) in cases {
        fails("franchise", path, arguments, code, phrases);
    }
}
