//! Where the schema comes from: a composed supergraph, or subgraphs composed here.

mod introspect;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use federation::compose::{self, Diagnostic, SubgraphSdl};
use federation::graph::{Graph, GraphError};
use futures::future::join_all;
use sha2::{Digest, Sha256};

use self::report::Sources;
use crate::config::{Problems, ProcessEnvironment, SchemaSource, SubgraphsFile};
use crate::upstream::{Client, Routes};

/// The largest schema that is read, in bytes.
const MAX_SCHEMA_BYTES: usize = 32 * 1024 * 1024;

/// A supergraph schema and where its subgraphs are.
pub struct Supergraph {
    /// The schema as text.
    pub sdl: String,
    /// The schema as the engine reads it.
    pub graph: Graph,
    /// Routing URLs by the subgraphs' names.
    pub routes: Routes,
    /// Oddities found by composition, as text.
    pub hints: Vec<String>,
    /// What services told.
    pub(crate) told: Told,
}

/// Hashes of the schemas that services tell themselves, by subgraph.
pub(crate) type Told = BTreeMap<String, [u8; 32]>;

/// Why there is no supergraph.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A configuration file is not good.
    #[error("{0}")]
    Config(#[from] Problems),
    /// A schema file cannot be read.
    #[error("{}: cannot be read ({reason}); check the path and the file's permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A file is no supergraph this engine understands.
    #[error("{}", not_a_supergraph(path, errors))]
    NotASupergraph {
        /// The file.
        path: PathBuf,
        /// Every problem found.
        errors: Vec<GraphError>,
    },
    /// A service does not tell its schema.
    #[error("subgraph `{subgraph}`: {reason}")]
    Introspection {
        /// The subgraph.
        subgraph: String,
        /// What happened and what to do.
        reason: String,
    },
    /// The subgraphs do not fit together; all findings as text, with places.
    #[error("{findings}\n\nthe subgraphs do not compose: {count} error(s)")]
    Composition {
        /// The findings as text.
        findings: String,
        /// Their number.
        count: usize,
    },
    /// Neither a supergraph nor a list of subgraphs is named.
    #[error("no schema is named; use --supergraph or --compose")]
    Unnamed,
    /// Several subgraphs failed; one text a line.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<SourceError>),
}

fn not_a_supergraph(path: &Path, errors: &[GraphError]) -> String {
    let lines = errors.iter().map(|error| format!("{}: {error}", path.display()));
    lines.collect::<Vec<_>>().join("\n")
}

impl SourceError {
    /// Whether trying again later can help although no file changed: a service may tell its schema then.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Introspection { .. } => true,
            Self::Several(errors) => errors.iter().any(Self::is_transient),
            _ => false,
        }
    }
}

impl Supergraph {
    /// Reads a composed schema, or composes a list of subgraphs.
    ///
    /// # Errors
    /// As [`Self::read`] and [`Self::compose`]; when neither file is named.
    pub async fn load(
        supergraph: Option<&Path>,
        list: Option<&Path>,
        client: &Client,
    ) -> Result<Self, SourceError> {
        match (supergraph, list) {
            (Some(path), _) => Self::read(path),
            (None, Some(path)) => {
                let file = SubgraphsFile::load(path, &ProcessEnvironment)?;
                Self::compose(&file, path, client).await
            }
            (None, None) => Err(SourceError::Unnamed),
        }
    }

    /// Reads a composed schema; the routing URLs are those in it.
    ///
    /// # Errors
    /// When the file cannot be read or is no supergraph.
    pub fn read(path: &Path) -> Result<Self, SourceError> {
        let sdl = read_schema(path)?;
        let graph = Graph::from_sdl(&sdl)
            .map_err(|errors| SourceError::NotASupergraph { path: path.to_path_buf(), errors })?;
        Ok(Self { routes: routes(&graph), sdl, graph, hints: Vec::new(), told: Told::new() })
    }

    /// Composes the subgraphs of a list, reading files and asking services.
    ///
    /// # Errors
    /// All files and services that yield no schema, or all findings of composition.
    pub async fn compose(file: &SubgraphsFile, path: &Path, client: &Client) -> Result<Self, SourceError> {
        let mut subgraphs = Vec::new();
        let mut sources = Sources::default();
        let mut told = Told::new();
        let mut errors = Vec::new();
        for (name, entry) in &file.subgraphs {
            let SchemaSource { file, sdl, subgraph_url, introspection_headers: headers, .. } = &entry.schema;
            let sdl = match (file, sdl, subgraph_url) {
                (Some(file), ..) => read_schema(file).map(|sdl| (file.display().to_string(), sdl)),
                (None, Some(sdl), _) => Ok((name.clone(), sdl.clone())),
                (None, None, Some(url)) => {
                    let answer = introspect::sdl(&client.of(name), name, url, headers).await;
                    answer.map(|sdl| {
                        told.insert(name.clone(), hash(&sdl));
                        (name.clone(), sdl)
                    })
                }
                (None, None, None) => continue,
            };
            match sdl {
                Ok((label, sdl)) => {
                    sources.add(name, label, &sdl);
                    subgraphs.push(SubgraphSdl { name: name.clone(), url: entry.url().to_owned(), sdl });
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(SourceError::Several(errors));
        }
        let show = |findings: &[Diagnostic]| {
            findings.iter().map(|finding| sources.show(finding)).collect::<Vec<_>>()
        };
        let composition = compose::compose(&subgraphs).map_err(|findings| SourceError::Composition {
            findings: show(&findings).join("\n\n"),
            count: findings.len(),
        })?;
        let hints = show(&composition.hints);
        let sdl = composition.supergraph_sdl;
        let graph = Graph::from_sdl(&sdl)
            .map_err(|errors| SourceError::NotASupergraph { path: path.to_path_buf(), errors })?;
        Ok(Self { routes: routes(&graph), sdl, graph, hints, told })
    }
}

/// Asks the services of a list that tell their own schema, all at once; those that do not answer are left out.
pub(crate) async fn ask(list: &Path, client: &Client) -> Told {
    // A list that cannot be read is told of when it is read for its own sake.
    let Ok(file) = SubgraphsFile::load(list, &ProcessEnvironment) else { return Told::new() };
    let asking = file.subgraphs.iter().filter_map(|(name, entry)| {
        let SchemaSource { subgraph_url, introspection_headers, .. } = &entry.schema;
        let url = subgraph_url.as_ref()?;
        Some(async move {
            match introspect::sdl(&client.of(name), name, url, introspection_headers).await {
                Ok(sdl) => Some((name.clone(), hash(&sdl))),
                Err(error) => {
                    tracing::debug!(%error, "a service does not tell whether its schema changed");
                    None
                }
            }
        })
    });
    join_all(asking).await.into_iter().flatten().collect()
}

fn hash(sdl: &str) -> [u8; 32] {
    Sha256::digest(sdl).into()
}

fn routes(graph: &Graph) -> Routes {
    graph.subgraphs().iter().map(|subgraph| (subgraph.name.to_string(), subgraph.url.to_string())).collect()
}

fn read_schema(path: &Path) -> Result<String, SourceError> {
    let unreadable = |reason: String| SourceError::Unreadable { path: path.to_path_buf(), reason };
    let length = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > MAX_SCHEMA_BYTES as u64 {
        return Err(unreadable(format!("it has {length} bytes, more than {MAX_SCHEMA_BYTES}")));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}
