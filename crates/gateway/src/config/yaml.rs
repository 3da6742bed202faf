//! YAML text to typed configuration, reporting every problem with its line at once.
//!
//! The text becomes a tree of located nodes first. The tree is then read through serde; whenever serde
//! refuses an entry, the problem is noted, the entry taken out and the rest read again. So the
//! configuration types stay plain derived structs and a user sees all mistakes in one run.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::env::{Environment, expand};
use super::problem::{Problem, Problems, nearest};
use super::tree::{Node, Step};

/// The most bytes a configuration file may have.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A configuration read from a file, with the places of its keys.
pub(super) struct Document<T> {
    pub(super) value: T,
    path: PathBuf,
    tree: Node,
}

impl<T> Document<T> {
    /// The keys with their places.
    pub(super) fn into_tree(self) -> Node {
        self.tree
    }

    /// The value, unless something was found that no single value shows.
    ///
    /// # Errors
    /// The problems, located where their keys are.
    pub(super) fn unless(self, mut problems: Vec<Problem>) -> Result<T, Problems> {
        if problems.is_empty() {
            return Ok(self.value);
        }
        for problem in problems.iter_mut().filter(|problem| !problem.key.is_empty()) {
            (problem.line, problem.column) = self.tree.locate(&problem.key);
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(Problems::new(&self.path, problems))
    }
}

/// Reads a file.
///
/// # Errors
/// All problems of the file: unreadable, no YAML, unknown keys, wrong values, undefined variables.
pub(super) fn read_file<T: DeserializeOwned>(
    path: &Path,
    environment: &dyn Environment,
) -> Result<Document<T>, Problems> {
    let text = read_text(path).map_err(|message| Problems::new(path, vec![Problem::whole_file(message)]))?;
    parse(path, &text, environment)
}

/// The text of a file of bounded size.
fn read_text(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("cannot be read ({error}); check the path and the file's permissions");
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_FILE_BYTES {
        return Err(format!("has {length} bytes; a configuration file has at most {MAX_FILE_BYTES}"));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// Reads a text; `path` is only named in problems.
///
/// # Errors
/// As [`read_file`].
pub(super) fn parse<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    environment: &dyn Environment,
) -> Result<Document<T>, Problems> {
    let mut tree = Node::parse(text).map_err(|problem| Problems::new(path, vec![problem]))?;
    let mut problems = Vec::new();
    expand(&mut tree, environment, &mut problems);
    let whole = tree.clone();
    match read_tree(&mut tree, &mut problems) {
        Some(value) if problems.is_empty() => Ok(Document { value, path: path.to_path_buf(), tree: whole }),
        _ => {
            problems.sort_by_key(|problem| (problem.line, problem.column));
            Err(Problems::new(path, problems))
        }
    }
}

/// Reads the tree, taking out what serde refuses until the rest is accepted.
fn read_tree<T: DeserializeOwned>(tree: &mut Node, problems: &mut Vec<Problem>) -> Option<T> {
    let mut removed: Vec<Vec<Step>> = Vec::new();
    loop {
        let error = match T::deserialize(&*tree) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        // A key that was taken out, or is misspelt, is not missing as well.
        let consequence = error.missing_field().is_some_and(|field| {
            removed.iter().any(|path| match path.split_last() {
                Some((Step::Key(key), parent)) => parent == error.path() && nearest(key, [field]).is_some(),
                _ => false,
            })
        });
        let path = error.path().to_vec();
        let problem = error.into_problem(tree);
        let known = |other: &Problem| (other.line, other.column) == (problem.line, problem.column);
        if !consequence && !problems.iter().any(known) {
            problems.push(problem);
        }
        if path.is_empty() || !tree.remove(&path) {
            return None;
        }
        removed.push(path);
    }
}

/// A path of a configuration file, made relative to the file's folder.
pub(super) fn resolve(base: &Path, path: &mut PathBuf) {
    if path.is_relative() {
        *path = base.join(&*path);
    }
}
