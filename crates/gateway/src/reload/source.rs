//! From a configuration to a gateway, at start and whenever something changes.

use std::path::PathBuf;
use std::sync::Arc;

use federation::Engine;
use federation::graph::Graph;

use super::files::Watched;
use crate::app::{Gateway, StartError};
use crate::config::{Config, Problems, ProcessEnvironment, SubgraphsFile};
use crate::probe::Probe;
use crate::supergraph::{SourceError, Supergraph, Told};
use crate::tls::TlsError;
use crate::upstream::{Client, HttpTransport, Routes};

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The configuration is not good.
    #[error("{0}")]
    Config(#[from] Problems),
    /// There is no schema.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// Certificates cannot be used.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// Keys or stored operations cannot be used.
    #[error("{0}")]
    Start(#[from] StartError),
}

impl BuildError {
    /// Whether trying again later can help although no file changed.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Source(error) if error.is_transient())
    }
}

/// Where configurations come from: a file, arguments, or both.
pub(crate) struct Source {
    /// Reads the present one.
    pub(crate) read: Box<dyn Fn() -> Result<Config, Problems> + Send>,
    /// The file it is in.
    pub(crate) file: Option<PathBuf>,
}

/// What a gateway is made of, as it was read.
pub(crate) struct Material {
    pub(super) made: Made,
    graph: Graph,
    routes: Routes,
}

/// What is remembered of a gateway that was made.
pub(crate) struct Made {
    pub(crate) config: Config,
    pub(super) client: Client,
    /// The supergraph schema.
    pub(super) sdl: String,
    /// What services told of it.
    pub(super) told: Told,
}

/// An engine with its way to subgraphs.
pub(crate) struct Connected {
    pub(super) engine: Arc<Engine>,
    /// Finds out which subgraphs it reaches.
    pub(super) probe: Arc<dyn Probe>,
    pub(super) made: Made,
}

impl Source {
    /// Reads configuration and schema. Connections to subgraphs are kept where `before` has some that are as good.
    ///
    /// # Errors
    /// With all problems of the first of the two that has any.
    pub(crate) async fn material(&self, before: Option<&Made>) -> Result<Material, BuildError> {
        let config = (self.read)()?;
        let client = match before {
            Some(before) if before.config.upstream == config.upstream => {
                before.client.renewed(&config.upstream)?
            }
            _ => Client::new(&config.upstream)?,
        };
        let supergraph =
            Supergraph::load(config.supergraph.as_deref(), config.compose.as_deref(), &client).await?;
        let Supergraph { sdl, graph, routes, hints, told } = supergraph;
        for hint in &hints {
            tracing::info!("{hint}");
        }
        Ok(Material { made: Made { config, client, sdl, told }, graph, routes })
    }

    /// An engine over what was read.
    ///
    /// # Errors
    /// When subgraphs have no usable URL, or settings are for subgraphs that do not exist.
    pub(crate) fn engine(&self, material: Material) -> Result<Connected, BuildError> {
        let Material { made, graph, routes } = material;
        let config = &made.config;
        let named_by = [&self.file, &config.supergraph, &config.compose].into_iter().flatten().next();
        let transport = HttpTransport::new(made.client.clone(), &config.upstream, &routes)
            .map_err(|list| Problems { file: named_by.cloned().unwrap_or_default(), list })?;
        let transport = Arc::new(transport);
        let engine = Engine::from_graph(graph, transport.clone(), config.engine());
        Ok(Connected { engine: Arc::new(engine), probe: transport, made })
    }

    /// A first gateway.
    ///
    /// # Errors
    /// When keys or stored operations cannot be used, and as [`Self::engine`].
    pub(crate) fn gateway(&self, material: Material) -> Result<(Gateway, Made), BuildError> {
        let Connected { engine, probe, made } = self.engine(material)?;
        Ok((Gateway::new(engine, &made.config)?.with_probe(probe), made))
    }

    /// The files that a configuration is in and names; the schema files of a list of subgraphs that cannot be read are
    /// not known.
    pub(crate) fn watched(&self, config: &Config) -> Watched {
        let mut files: Vec<PathBuf> =
            [&self.file, &config.supergraph, &config.compose].into_iter().flatten().cloned().collect();
        if let Some(Ok(list)) =
            config.compose.as_deref().map(|path| SubgraphsFile::load(path, &ProcessEnvironment))
        {
            files.extend(list.subgraphs.into_values().filter_map(|entry| entry.schema.file));
        }
        files.extend(config.secret_files());
        Watched { files, operations: config.operations.folder.clone() }
    }
}
