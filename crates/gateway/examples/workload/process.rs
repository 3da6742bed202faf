//! Servers under load: processes of their own, watched through `/proc`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// A running server. It ends with this value.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

/// What a gateway is started with.
pub(crate) struct Setup<'a> {
    pub(crate) program: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) supergraph: &'a str,
    /// More of its configuration, as YAML.
    pub(crate) config: &'a str,
}

impl Server {
    /// Starts a gateway and waits until it listens.
    pub(crate) fn gateway(setup: &Setup<'_>) -> Result<Self, Failure> {
        let port = free_port()?;
        std::fs::write(setup.folder.join("supergraph.graphql"), setup.supergraph)?;
        let config = format!(
            "listen: 127.0.0.1:{port}\nsupergraph: supergraph.graphql\n\
             upstream:\n  forward_headers: [x-load-number]\n{}",
            setup.config
        );
        let path = setup.folder.join("gateway.yaml");
        std::fs::write(&path, config)?;
        // Lines of a log are written, but nobody has to read them.
        let log = setup.folder.join("log");
        let mut command = Command::new(setup.program);
        command.arg("serve").arg("--config").arg(&path).stderr(std::fs::File::create(&log)?);
        Self::start(&mut command, port).map_err(|error| {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            format!("{error}\n{said}").into()
        })
    }

    /// Starts this program as a handler that answers everything with the bytes of a file.
    pub(crate) fn plain(answer: &Path) -> Result<Self, Failure> {
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        Self::start(
            Command::new(std::env::current_exe()?).arg("--plain").arg(answer).args(["--listen", &address]),
            port,
        )
    }

    fn start(command: &mut Command, port: u16) -> Result<Self, Failure> {
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Self { process, url: format!("http://127.0.0.1:{port}/graphql") };
        let patience = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("the server ended: {status}").into());
            }
            if Instant::now() > patience {
                return Err("the server does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// The CPU time it has taken so far, in user and kernel mode (proc(5), fields 14 and 15).
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit_once(')').ok_or("`/proc` is not as expected")?.1;
        let field = |number: usize| -> Result<u64, Failure> {
            // The first field after the name is the third.
            let text = after_name.split_whitespace().nth(number - 3).ok_or("`/proc` is not as expected")?;
            Ok(text.parse()?)
        };
        // The unit is a hundredth of a second on every Linux of today.
        Ok(Duration::from_millis((field(14)? + field(15)?) * 10))
    }

    /// The most memory it has held so far, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("`/proc` is not as expected")?.parse()?)
    }
}

/// Free a moment ago; if somebody took it since, the server says so.
fn free_port() -> Result<u16, Failure> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
