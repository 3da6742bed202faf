//! The gateway under load: a process of its own, watched through `/proc`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// A running gateway. It ends with this value.
pub(crate) struct Gateway {
    process: Child,
    pub(crate) url: String,
}

impl Gateway {
    /// Starts a gateway over a supergraph and waits until it listens.
    pub(crate) fn start(program: &Path, folder: &Path, supergraph: &str) -> Result<Self, Failure> {
        // Free a moment ago; if somebody took it since, the gateway says so.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        std::fs::write(folder.join("supergraph.graphql"), supergraph)?;
        let config = format!(
            "listen: 127.0.0.1:{port}\nsupergraph: supergraph.graphql\n\
             upstream:\n  forward_headers: [x-load-number]\ntelemetry:\n  log_filter: warn\n"
        );
        let path = folder.join("gateway.yaml");
        std::fs::write(&path, config)?;
        let process =
            Command::new(program).arg("serve").arg("--config").arg(&path).stdin(Stdio::null()).spawn()?;
        let mut gateway = Self { process, url: format!("http://127.0.0.1:{port}/graphql") };
        let patience = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = gateway.process.try_wait()? {
                return Err(format!("the gateway ended: {status}").into());
            }
            if Instant::now() > patience {
                return Err("the gateway does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(gateway)
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

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
