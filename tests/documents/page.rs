//! Doing what a page says, line by line, in a shell of its own.

use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::process::Command;

use subgraph::testing::postgres_server;
use tempfile::TempDir;

use crate::harness::{Program, printed, program, root};

/// A page under way, in a folder that has what the repository has. What it starts goes on running.
pub(super) struct Page {
    folder: TempDir,
    /// What is read instead of what the page says.
    instead: Vec<(String, String)>,
    /// Lines that set variables, for all lines after them.
    variables: Vec<String>,
    running: Vec<(String, Program)>,
}

impl Page {
    /// Begins with some files in the folder.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["schema", "supergraph.yaml"] {
            symlink(root().join(name), folder.path().join(name)).unwrap();
        }
        std::fs::create_dir(folder.path().join("deploy")).unwrap();
        std::fs::copy(root().join("deploy/gateway.yaml"), folder.path().join("deploy/gateway.yaml")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder, instead: Vec::new(), variables: Vec::new(), running: Vec::new() }
    }

    /// Reads something else wherever the page says something.
    pub(super) fn read(&mut self, said: &str, instead: &str) {
        self.instead.push((said.to_owned(), instead.to_owned()));
    }

    /// Where a program of the page listens.
    pub(super) fn address(&self, name: &str) -> SocketAddr {
        let started = self.running.iter().find(|(running, _)| running == name);
        started.unwrap_or_else(|| panic!("the page starts no {name}")).1.address
    }

    /// Does what a line says, and returns what it prints. A program that serves is started and goes on.
    pub(super) fn run(&mut self, line: &str) -> String {
        let mut line = line.to_owned();
        for (said, instead) in &self.instead {
            line = line.replace(said, instead);
        }
        if let Some((before, _)) = line.split_once(" serve ") {
            let name = before.rsplit(' ').next().unwrap_or_default().to_owned();
            self.serve(&name, &line);
            return String::new();
        }
        let text = printed(&mut self.shell(&line));
        if line.starts_with("export ") || line.starts_with("TOKEN=") {
            self.variables.push(line);
        }
        text
    }

    /// Starts a program on a free port: another one may have the page's. From here on, that is the page's.
    fn serve(&mut self, name: &str, line: &str) {
        let mut line = line.replace(&format!("{name} serve"), &format!("exec {name} serve"));
        let file = std::fs::read_to_string(root().join("deploy/gateway.yaml")).unwrap();
        let (text, key) =
            if name == "gateway" { (file.as_str(), "listen: ") } else { (line.as_str(), "--listen ") };
        let (_, address) = text.split_once(key).unwrap_or_else(|| panic!("no `{key}` in {text}"));
        let address = address.split_whitespace().next().unwrap_or_default().to_owned();
        match name {
            "gateway" => line.push_str(" --listen 127.0.0.1:0"),
            _ => line = line.replace(&address, "127.0.0.1:0"),
        }
        let program = Program::start(name, &mut self.shell(&line));
        self.read(&address, &program.address.to_string());
        self.running.push((name.to_owned(), program));
    }

    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        let script = self.variables.iter().map(String::as_str).chain([line]).collect::<Vec<_>>().join("\n");
        command.args(["-euc", &script]).current_dir(self.folder.path());
        let programs = program("franchise").parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path))).unwrap();
        command.env("PATH", path);
        let server: http::Uri = postgres_server().parse().unwrap();
        command.env("PGHOST", server.host().unwrap()).env("PGUSER", "postgres");
        command.env("PGPORT", server.port().unwrap().as_str());
        // Where services are elsewhere, the page says, the gateway is told by these.
        for (name, service) in &self.running {
            command
                .env(format!("{}_URL", name.to_uppercase()), format!("http://{}/graphql", service.address));
        }
        command
    }
}
