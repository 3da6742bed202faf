//! Serving: databases, demo data, engine, gateway, and the words that say where to look.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, Utc};
use gateway::config::{
    Algorithm, CallerConfig, Config, ErrorsConfig, HttpConfig, KeyConfig, ListenerTls, OperationsConfig,
    PlanningConfig, RegistryConfig, Secret, Shown,
};
use gateway::registry::Registry;
use gateway::tls::TlsError;
use gateway::{Gateway, Live, StartError};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use subgraph::telemetry;
use tokio::net::TcpListener;

use crate::cli::Serve;
use crate::data_folder::DataFolderError;
use crate::demo::{self, Demo, Scale, SeedError};
use crate::platform::Platform;
use crate::token::Wanted;
use crate::{Failure, progress, token, welcome};

/// What the platform is called in traces and metrics.
const NAME: &str = "franchise";

/// Which log lines are written: what people want to know is printed.
const USUAL_LINES: &str = "warn,sqlx=warn,sea_orm_migration=warn";

/// How long the token that is shown at start holds.
const SHOWN_TOKEN_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// Where the routes of the earlier product's API are.
const PREFIX: &str = "/api/v2/franchise";

/// The name of the registry of stored operations among the databases of the data folder.
const REGISTRY: &str = "operations";

/// How long an operation that `gateway operations` registers takes at most to be served.
const REGISTRY_INTERVAL: Duration = Duration::from_secs(2);

/// How often the files of the certificate are looked at: a renewed one is shown when two looks in a row find the same.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(1);

/// The file in the data folder that says which demo data the folder holds.
const DEMO_FILE: &str = "demo.json";

/// Serves until Ctrl-C or SIGTERM.
pub(crate) async fn run(options: Serve) -> Result<(), Failure> {
    let exporting = telemetry::init(NAME, USUAL_LINES, &options.otlp)?;
    let started = Instant::now();
    let listener = bind(options.listen, "--listen").await?;
    let metrics = match options.metrics_listen {
        Some(address) => Some(bind(address, "--metrics-listen").await?),
        None => None,
    };
    let address = listener.local_addr()?;
    let platform = Platform::with_limits(&options.data, options.subscriptions.limits()).await?;
    prepare(&platform, options.empty).await?;
    platform.follow();
    let tls = options.tls.map(ListenerTls::from);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let http = HttpConfig { drain_delay: options.drain_delay, tls, ..HttpConfig::default() };
    let live = Live::from(gateway(&platform, address, http).await?);
    live.follow_registry(REGISTRY_INTERVAL);
    live.follow_certificate(CERTIFICATE_INTERVAL, by_option);
    let metrics_at = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    if let Some(listener) = metrics {
        tokio::spawn(gateway::telemetry::serve_metrics(listener, &live));
    }
    let sending = match options.otlp_metrics_interval.zip(options.otlp.settings(NAME)) {
        Some((interval, settings)) => Some(gateway::telemetry::send_metrics(&settings, interval.0, &live)?),
        None => None,
    };
    let directory = platform.databases().networks;
    let shown =
        token::make(&directory, &platform.data.user_secret, Wanted::default(), SHOWN_TOKEN_LIFETIME).await;
    welcome::print(&format!("{scheme}://{address}"), metrics_at, &platform.data, shown, started.elapsed())?;
    gateway::serve(listener, live, subgraph::cli::stop_signal()).await;
    if let Some(sending) = sending {
        sending.finish().await;
    }
    if let Some(exporting) = exporting {
        exporting.finish().await;
    }
    Ok(())
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; choose another address with `{option} ADDR` (port 0 takes a free one)").into()
    })
}

/// Fills an empty folder with demo data, and brings demo data up to yesterday.
///
/// # Errors
/// When a database refuses.
pub async fn prepare(platform: &Platform, empty: bool) -> Result<(), Failure> {
    let databases = platform.databases();
    let today = Utc::now().date_naive();
    if let Some(demo) = demo_of(platform, empty, today).await? {
        let bar = progress::bar("Making demo data", 0);
        let progress = |done, total| progress::show(&bar, done, total);
        demo::complete(demo, &databases, today, &progress).await.map_err(|error| match error {
            SeedError::OtherUnits(_) => {
                let file = platform.data.path().join(DEMO_FILE);
                format!("{error}: delete {} to go on without demo data", file.display())
            }
            other => other.to_string(),
        })?;
        bar.finish_and_clear();
    }
    platform.catch_up().await?;
    databases.audit_loads().await?;
    Ok(())
}

/// What the demo file holds.
#[derive(Serialize, Deserialize)]
struct DemoFile {
    seed: u64,
    made_on: NaiveDate,
    #[serde(default, skip_serializing_if = "Scale::is_full")]
    scale: Scale,
}

/// The demo this folder holds or, when the folder is new and `empty` was not asked for, will hold from now on.
async fn demo_of(platform: &Platform, empty: bool, today: NaiveDate) -> Result<Option<Demo>, Failure> {
    let file = platform.data.path().join(DEMO_FILE);
    if let Some(DemoFile { seed, made_on, scale }) = read_demo_file(&file)? {
        return Ok(Some(Demo { seed, made_on, scale }));
    }
    if empty || networks::import::count_networks(&platform.databases().networks).await? > 0 {
        return Ok(None);
    }
    let demo = Demo { seed: demo::SEED, made_on: today, scale: Scale::FULL };
    let text = serde_json::to_vec(&DemoFile { seed: demo.seed, made_on: demo.made_on, scale: demo.scale })?;
    write_whole(&file, &text)
        .map_err(|cause| DataFolderError::NotWritable { folder: platform.data.path().to_owned(), cause })?;
    Ok(Some(demo))
}

fn read_demo_file(file: &Path) -> Result<Option<DemoFile>, Failure> {
    match std::fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            format!("{}: {error}; delete it to go on without demo data", file.display()).into()
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", file.display()).into()),
    }
}

/// A reader never sees half a file.
fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(part, file)
}

/// The gateway in front of a platform, with the routes of the earlier product's API. On a loopback address it is in dev mode: there, plans and the schema
/// are shown to whoever asks. Stored operations are those of the repository and those registered in the data folder.
///
/// # Errors
/// When the built-in schema, a stored operation or the registry cannot be used.
pub async fn gateway(platform: &Platform, address: SocketAddr, http: HttpConfig) -> Result<Gateway, Failure> {
    let secret = String::from_utf8(platform.data.user_secret.bytes().to_vec())?;
    let key = KeyConfig {
        algorithm: Some(Algorithm::HS256),
        id: None,
        secret: Some(Secret::new(secret)),
        secret_file: None,
        public_key_file: None,
        jwks_file: None,
    };
    let callers = CallerConfig {
        keys: vec![key],
        issuer: Some(token::ISSUER.to_owned()),
        audience: Some(token::ISSUER.to_owned()),
        ..CallerConfig::default()
    };
    let http = HttpConfig { prefixes: vec![PREFIX.to_owned()], ..http };
    let database = platform.data.database_url(REGISTRY);
    let registry = Registry::open(&database).await?;
    let operations =
        OperationsConfig { registry: Some(RegistryConfig::new(database)), ..OperationsConfig::default() };
    let dev = address.ip().is_loopback();
    let config = Config {
        listen: address,
        dev,
        callers,
        http,
        operations,
        // The services say nothing of their insides.
        errors: ErrorsConfig { subgraph_messages: Shown::Always, ..ErrorsConfig::default() },
        // They answer entities of different kinds from one look at the database.
        planning: PlanningConfig { batch_entities: true, ..PlanningConfig::default() },
        ..Config::default()
    };
    let gateway =
        Gateway::new(Arc::new(platform.engine(config.engine())?), &config).map_err(|error| match error {
            StartError::Tls(error) => StartError::Tls(by_option(error)),
            other => other,
        })?;
    let gateway = gateway.with_probe(platform.probe());
    let gateway = gateway.with_operations(stored_operations(), &config)?;
    Ok(gateway.with_registry(registry).await?)
}

/// A file is named by the option it comes from: there is no configuration file.
fn by_option(error: TlsError) -> TlsError {
    match error {
        TlsError::File { key, path, what, reason } => {
            let option = match &*key {
                "http.tls.certificate_file" => "--tls-certificate",
                "http.tls.key_file" => "--tls-key",
                "http.tls.client_ca_file" => "--tls-client-ca",
                other => other,
            };
            TlsError::File { key: option.to_owned(), path, what, reason }
        }
        TlsError::Identity { reason, .. } => {
            TlsError::Identity { key: "--tls-certificate` and `--tls-key".to_owned(), reason }
        }
        other @ TlsError::Library(_) => other,
    }
}

/// The stored operations of the repository, which the program carries along.
#[derive(RustEmbed)]
#[folder = "../../schema/operations"]
struct StoredOperations;

fn stored_operations() -> impl Iterator<Item = (PathBuf, String)> {
    StoredOperations::iter().filter_map(|name| {
        let text = String::from_utf8(StoredOperations::get(&name)?.data.into_owned()).ok()?;
        Some((PathBuf::from(name.as_ref()), text))
    })
}
