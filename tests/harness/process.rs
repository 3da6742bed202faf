//! Programs of the workspace as processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a program may take until it says where it listens.
const START: Duration = Duration::from_secs(60);

/// The path of a program, which cargo builds beside the tests.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(|folder| folder.parent()).unwrap().join(name);
    assert!(
        path.exists(),
        "{} is not built: run `tests/run`, or `cargo build --workspace --all-targets` before this",
        path.display()
    );
    path
}

/// What a command prints that must succeed.
#[track_caller]
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.env_remove("RUST_LOG").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{}{said}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

/// A process that ends with the test. What it wrote is shown when the test fails.
pub(crate) struct Program {
    name: String,
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    pub(crate) address: SocketAddr,
}

impl Program {
    /// Starts a program and waits until it names the address of its graph.
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_remove("RUST_LOG")
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let output = Arc::new(Mutex::new(String::new()));
        let (sender, addresses) = channel();
        let readers = vec![
            read(child.stdout.take().unwrap(), output.clone(), sender.clone()),
            read(child.stderr.take().unwrap(), output.clone(), sender),
        ];
        match addresses.recv_timeout(START) {
            Ok(address) => Self { name: name.to_owned(), child, output, readers, address },
            Err(reason) => {
                let _ = child.kill();
                let status = child.wait();
                let late = if reason == RecvTimeoutError::Timeout { ", too late" } else { "" };
                let output = output.lock().unwrap_or_else(PoisonError::into_inner);
                panic!("`{name}` named no address{late} ({status:?}):\n{output}");
            }
        }
    }

    /// What it wrote so far.
    pub(crate) fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ends it without a chance to tidy up.
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.end()
    }

    fn end(&mut self) -> ExitStatus {
        let _ = self.child.kill();
        let status = self.child.wait().unwrap();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        status
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "--- what `{}` wrote\n{}", self.name, self.output());
        }
    }
}

/// Keeps what a stream yields and sends the first address of a graph in it.
fn read(
    stream: impl Read + Send + 'static,
    output: Arc<Mutex<String>>,
    addresses: Sender<SocketAddr>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(address) = address_in(&line) {
                let _ = addresses.send(address);
            }
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.push_str(&line);
            output.push('\n');
        }
    })
}

/// The address in `http://ADDRESS/graphql`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let before = line.split("/graphql").next().filter(|before| before.len() < line.len())?;
    before.rsplit("http://").next()?.parse().ok()
}
