//! The distributed platform: four services with PostgreSQL databases and a gateway, five processes that talk HTTP.
//!
//! The gateway is configured by `deploy/gateway.yaml`, the file the documentation starts it with.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use franchise::demo::Demo;
use subgraph::testing::{Backend, TestDatabase};
use tempfile::TempDir;

use super::tokens::INTERNAL_SECRET;
use super::{Client, Filled, Program, USER_SECRET, program, root, rows};

/// What is different from the documented gateway.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// Development mode, as the embedded platform has it on a loopback address.
    pub(crate) dev: bool,
    /// Stands in for a service.
    pub(crate) stand_in: Option<(&'static str, SocketAddr)>,
    /// More configuration, as YAML.
    pub(crate) config: String,
}

/// The four services with demo data, each a process with its own database.
pub(crate) struct Services {
    pub(crate) databases: Filled,
    pub(crate) running: Vec<(&'static str, Program)>,
    folder: TempDir,
}

/// A gateway process and a client of it.
pub(crate) struct Gateway {
    pub(crate) client: Client,
    pub(crate) program: Program,
}

/// A running distributed platform.
pub(crate) struct Distributed {
    pub(crate) client: Client,
    pub(crate) services: Services,
    _gateway: Program,
}

impl Distributed {
    pub(crate) async fn start(demo: Demo, setup: Setup) -> Self {
        let services = Services::start(demo).await;
        let Gateway { client, program } = services.gateway(&setup).await;
        Self { client, services, _gateway: program }
    }
}

impl Services {
    pub(crate) async fn start(demo: Demo) -> Self {
        Self::start_with(demo, &[]).await
    }

    /// Services that find variables in their environment.
    pub(crate) async fn start_with(demo: Demo, environment: &[(&str, String)]) -> Self {
        let databases = Filled::new(Backend::Postgres, demo).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("internal.secret"), INTERNAL_SECRET).unwrap();
        std::fs::write(folder.path().join("user.secret"), USER_SECRET).unwrap();
        let mut running: Vec<(&'static str, Program)> = Vec::new();
        for (name, database) in databases.by_service() {
            let networks = running.first().map(|(_, networks)| networks.address);
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            running.push((name, service(name, database, folder.path(), networks, listen, environment)));
        }
        for (name, service) in &running {
            let reply = Client::new(service.address).get("/ready").await;
            assert_eq!((reply.status, reply.body.as_str()), (200, "ready"), "{name}: {reply}");
        }
        followed(&databases).await;
        Self { databases, running, folder }
    }

    /// A gateway in front of them.
    pub(crate) async fn gateway(&self, setup: &Setup) -> Gateway {
        let mut config = std::fs::read_to_string(root().join("deploy/gateway.yaml")).unwrap();
        // A copy, so that a test can add to it: paths in it are relative to its folder.
        config = config.replace(": ../", &format!(": {}/", root().display()));
        config.push_str(&setup.config);
        let file = self.folder.path().join("gateway.yaml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(program("gateway"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(file);
        command.env("USER_SECRET_FILE", self.folder.path().join("user.secret"));
        command.env("INTERNAL_SECRET", INTERNAL_SECRET);
        // The registry keeps to itself in a database that others use, too.
        command.env("REGISTRY_DATABASE_URL", &self.databases.networks.url);
        let services = self.running.iter().map(|(name, program)| (*name, program.address));
        for (name, address) in services.chain(setup.stand_in) {
            command.env(format!("{}_URL", name.to_uppercase()), format!("http://{address}/graphql"));
        }
        if setup.dev {
            command.arg("--dev");
        }
        let program = Program::start("gateway", &mut command);
        let client = Client::new(program.address);
        let ready = client.get("/ready").await;
        assert_eq!(ready.status, 200, "{ready}");
        Gateway { client, program }
    }

    /// Ends a service without a chance to tidy up.
    pub(crate) fn kill(&mut self, service: &str) {
        let place = self.running.iter().position(|(name, _)| *name == service).unwrap();
        self.running.remove(place).1.kill();
    }

    /// Ends a service without a chance to tidy up, and starts it again where it was.
    pub(crate) fn restart(&mut self, name: &'static str) {
        let place = self.running.iter().position(|(running, _)| *running == name).unwrap();
        let address = self.running[place].1.address;
        self.kill(name);
        let networks = self.running.iter().find(|(running, _)| *running == "networks");
        let networks = networks.map(|(_, networks)| networks.address);
        let (_, database) = self.databases.by_service().into_iter().find(|(of, _)| *of == name).unwrap();
        let started = service(name, database, self.folder.path(), networks, address, &[]);
        self.running.insert(place, (name, started));
    }
}

/// A service as the documentation starts it.
fn service(
    name: &str,
    database: &TestDatabase,
    folder: &Path,
    networks: Option<SocketAddr>,
    listen: SocketAddr,
    environment: &[(&str, String)],
) -> Program {
    let mut command = Command::new(program(name));
    command.args(["serve", "--listen", &listen.to_string()]).env("DATABASE_URL", &database.url);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.arg("--internal-secret-file").arg(folder.join("internal.secret"));
    if let Some(networks) = networks {
        command.arg("--networks-url").arg(format!("http://{networks}"));
    }
    Program::start(name, &mut command)
}

/// Waits until every service has followed the directory of the networks service to its end.
async fn followed(databases: &Filled) {
    let clock = "select value::text from directory_clock";
    let wanted = rows::<1>(&databases.networks.connection, clock).await;
    for (_, database) in databases.by_service() {
        while rows::<1>(&database.connection, clock).await != wanted {
            tokio::task::yield_now().await;
        }
    }
}
