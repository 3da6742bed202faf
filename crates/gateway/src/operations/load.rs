//! A folder of `.graphql` files to stored operations, with every problem found at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use federation::graph::Graph;
use federation::operation::{Document, Limits, OperationError, Signature};

use super::{StoredOperation, StoredOperations, hash_of};
use crate::config::Config;
use crate::tables::{self, Parameter, Scalars, Tables, without_tables};

/// The most files of a folder.
const MAX_FILES: usize = 10_000;

/// What stored operations are checked against.
pub(crate) struct Loading<'a> {
    graph: &'a Graph,
    rules: Rules,
    /// What was served so far: an operation that is in it goes on with its statistics.
    before: Option<&'a StoredOperations>,
}

/// What of a configuration stored operations are checked by.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    limits: Limits,
    scalars: Scalars,
}

impl Rules {
    pub(crate) fn new(config: &Config) -> Self {
        Self { limits: config.limits.operation(), scalars: config.tables.scalars() }
    }
}

impl<'a> Loading<'a> {
    pub(crate) fn new(graph: &'a Graph, rules: &Rules, before: Option<&'a StoredOperations>) -> Self {
        Self { graph, rules: rules.clone(), before }
    }

    /// The same, for what takes the place of other operations.
    pub(crate) fn after(&self, before: &'a StoredOperations) -> Self {
        Self::new(self.graph, &self.rules, Some(before))
    }
}

/// What is wrong with a stored operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {message}", file.display(), place(*line, *column))]
pub struct OperationProblem {
    /// The file or folder.
    pub file: PathBuf,
    /// From 1; 0 for the file as a whole.
    pub line: usize,
    /// From 1; 0 for the file as a whole.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// Everything that is wrong with a folder of stored operations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct OperationsError(pub Vec<OperationProblem>);

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(":{line}:{column}") }
}

impl OperationProblem {
    /// A problem of a file as a whole.
    pub(crate) fn whole(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.to_path_buf(), line: 0, column: 0, message: message.into() }
    }
}

impl StoredOperations {
    /// Checks documents an embedder brings along; `file` is what they are called in problems, and its stem
    /// the operation's id.
    ///
    /// # Errors
    /// Every problem of every document.
    pub(crate) fn add(
        &mut self,
        documents: impl IntoIterator<Item = (PathBuf, String)>,
        loading: &Loading<'_>,
    ) -> Result<(), OperationsError> {
        let mut problems = Vec::new();
        for (file, text) in documents {
            match parse(&file, text, loading) {
                Ok(operation) => {
                    self.insert(Arc::new(operation));
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(OperationsError(problems)) }
    }

    /// Reads and checks all `.graphql` files of a folder; other files are left alone.
    ///
    /// # Errors
    /// Every problem of every file.
    pub(crate) fn load(folder: &Path, loading: &Loading<'_>) -> Result<Self, OperationsError> {
        let mut operations = Self::default();
        let mut problems = Vec::new();
        for file in files(folder).map_err(|problem| OperationsError(vec![problem]))? {
            let text = read(&file, &loading.rules.limits).map_err(|problem| vec![problem]);
            match text.and_then(|text| parse(&file, text, loading)) {
                Ok(operation) => {
                    operations.insert(Arc::new(operation));
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(operations) } else { Err(OperationsError(problems)) }
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, OperationProblem> {
    let unreadable = |error: std::io::Error| {
        OperationProblem::whole(folder, format!("the folder cannot be read ({error}); check the path"))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "graphql") && path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(OperationProblem::whole(
                folder,
                format!("the folder has more than {MAX_FILES} operations"),
            ));
        }
    }
    files.sort();
    Ok(files)
}

/// The texts of all `.graphql` files of a folder, in order of their names.
///
/// # Errors
/// Every file that cannot be read.
pub(crate) fn documents(folder: &Path, limits: &Limits) -> Result<Vec<(PathBuf, String)>, OperationsError> {
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for file in files(folder).map_err(|problem| OperationsError(vec![problem]))? {
        match read(&file, limits) {
            Ok(text) => documents.push((file, text)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(documents) } else { Err(OperationsError(problems)) }
}

/// Errors of a document with the file they are in.
pub(crate) fn problems_of(file: &Path, errors: Vec<OperationError>) -> Vec<OperationProblem> {
    let problem = |error: OperationError| {
        let place = error.locations.first();
        OperationProblem {
            file: file.to_path_buf(),
            line: place.map_or(0, |place| place.line),
            column: place.map_or(0, |place| place.column),
            message: error.message,
        }
    };
    errors.into_iter().map(problem).collect()
}

fn read(file: &Path, limits: &Limits) -> Result<String, OperationProblem> {
    let whole = |message: String| OperationProblem::whole(file, message);
    let length = fs::metadata(file).map_err(|error| whole(format!("cannot be read ({error})")))?.len();
    if length > limits.document_bytes as u64 {
        return Err(whole(format!("has {length} bytes, an operation has at most {}", limits.document_bytes)));
    }
    fs::read_to_string(file).map_err(|error| whole(format!("cannot be read ({error})")))
}

pub(super) fn parse(
    file: &Path,
    text: String,
    loading: &Loading<'_>,
) -> Result<StoredOperation, Vec<OperationProblem>> {
    let whole = |message: String| vec![OperationProblem::whole(file, message)];
    let id = file.file_stem().and_then(|stem| stem.to_str()).filter(|stem| is_id(stem)).ok_or_else(|| {
        whole("the file's name is the operation's id: letters, digits, `-` and `_` only".to_owned())
    })?;
    let schema = loading.graph.api_schema();
    let document =
        Document::parse(schema, &text, &loading.rules.limits).map_err(|errors| problems_of(file, errors))?;
    let [operation] = document.operations() else {
        let count = document.operations().len();
        return Err(whole(format!("has {count} operations; a stored operation's file has exactly one")));
    };
    let variables: Vec<_> = operation.variables().collect();
    let hash = hash_of(&text);
    let before = loading.before.and_then(|before| before.get(id)).filter(|before| before.hash == hash);
    Ok(StoredOperation {
        id: id.into(),
        description: description(&text),
        kind: operation.kind(),
        parameters: variables.iter().map(|definition| Parameter::new(schema, definition)).collect(),
        variables,
        tables: tables_of(file, &text, loading)?,
        hash,
        fingerprint: Signature::of(&document, operation).fingerprint,
        text: text.into(),
        registered: None,
        deprecation: None,
        statistics: before.map(|before| before.statistics.clone()).unwrap_or_default(),
    })
}

/// The lists of an operation as tables.
fn tables_of(file: &Path, text: &str, loading: &Loading<'_>) -> Result<Tables, Vec<OperationProblem>> {
    let schema = loading.graph.api_schema();
    let check = |text: &str| match Document::parse(schema, text, &loading.rules.limits) {
        Ok(_) => Ok(()),
        Err(errors) => Err(errors.first().map(|error| error.message.clone()).unwrap_or_default()),
    };
    let problem = |problem: tables::TableProblem| OperationProblem {
        file: file.to_path_buf(),
        line: problem.line,
        column: problem.column,
        message: problem.message,
    };
    tables::build(schema, text, &loading.rules.scalars, &check)
        .map_err(|problems| problems.into_iter().map(problem).collect())
}

/// Whether an id is fit for paths and file names.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The comment lines at the head of a document, as one text.
fn description(text: &str) -> Option<String> {
    let comment = text.lines().map_while(|line| line.trim_start().strip_prefix('#'));
    let lines: Vec<_> = without_tables(comment).map(str::trim).collect();
    let description = lines.join("\n").trim().to_owned();
    (!description.is_empty()).then_some(description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_at_the_head_is_the_description() {
        assert_eq!(
            description("# Revenue by day\n#  of a location.\nquery A { a }"),
            Some("Revenue by day\nof a location.".into())
        );
        assert_eq!(description("query A { a } # not this"), None);
        assert_eq!(description("#\nquery A { a }"), None);
    }

    #[test]
    fn ids_are_fit_for_paths() {
        assert!(is_id("location-overview_2"));
        for bad in ["", "a b", "a/b", "..", "ä", &"x".repeat(129)] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
