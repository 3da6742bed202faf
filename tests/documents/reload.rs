//! docs/reload.md: its commands, in one shell, have a gateway take up a change of a file and heed the signal.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::blocks::command_lines;
use crate::harness::{Client, program, root};

const CONFIG: &str = "listen: 127.0.0.1:0
supergraph: supergraph.graphql
telemetry: { metrics_listen: 127.0.0.1:0 }
";

/// A shell that is told one line after the other; what it started ends with it.
struct Shell {
    bash: Child,
    printed: BufReader<ChildStdout>,
    /// Standard error, also of what was started.
    said: Arc<Mutex<String>>,
}

impl Shell {
    fn start(folder: &std::path::Path) -> Self {
        let programs = program("gateway").parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path))).unwrap();
        let mut command = Command::new("bash");
        command.arg("-s").current_dir(folder).env("PATH", path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut bash = command.spawn().unwrap();
        let printed = BufReader::new(bash.stdout.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (BufReader::new(bash.stderr.take().unwrap()).lines(), said.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let mut shell = Self { bash, printed, said };
        shell.run("trap 'kill $(jobs -p)' EXIT");
        shell
    }

    /// Does what a line says, and returns what it prints; it must succeed.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.bash.stdin.as_mut().unwrap(), "{line}\nstatus=$?; echo; echo \"ended with $status\"")
            .unwrap();
        let mut text = String::new();
        loop {
            let mut next = String::new();
            assert!(self.printed.read_line(&mut next).unwrap() > 0, "the shell ended: {}", self.said());
            if let Some(status) = next.strip_prefix("ended with ") {
                assert_eq!(status.trim(), "0", "{line}\n{}", self.said());
                return text;
            }
            text.push_str(&next);
        }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until the gateway says where its metrics are.
    async fn metrics(&self) -> SocketAddr {
        loop {
            let said = self.said();
            let address =
                said.split_once("metrics are at http://").and_then(|(_, rest)| rest.split_once("/metrics"));
            match address {
                Some((address, _)) if said.contains("listening") => return address.parse().unwrap(),
                _ => tokio::task::yield_now().await,
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.bash.stdin.take());
        let _ = self.bash.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let schema = std::fs::read_to_string(root().join("schema/supergraph.graphql")).unwrap();
    write("gateway.yaml", CONFIG);
    write("supergraph.graphql", &schema);
    write("next.graphql", &format!("# The next one.\n{schema}"));
    let lines = command_lines("docs/reload.md");
    let [serve, copy, signal, ask] = lines.as_slice() else { panic!("{lines:#?}") };

    let mut shell = Shell::start(folder.path());
    shell.run(serve);
    let address = shell.metrics().await;
    let metrics = Client::new(address);
    shell.run(copy);
    while metrics.get("/ready").await.json()["generation"] != 2 {
        tokio::task::yield_now().await;
    }
    shell.run(signal);
    let taken_up = "gateway_reloads_total{outcome=\"ok\"} 2";
    while !metrics.get("/metrics").await.body.contains(taken_up) {
        tokio::task::yield_now().await;
    }
    let printed = shell.run(&ask.replace("127.0.0.1:9464", &address.to_string()));
    let ready: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    assert_eq!(ready["generation"], 2, "{ready}");
}
