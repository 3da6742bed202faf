//! What files look like, to see that they changed: by content, whatever clocks and file systems say.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

/// A file whose time of change is closer than this is read again: another change could have the same time.
const COARSEST_CLOCK: Duration = Duration::from_secs(3);

/// More of a file than this is not looked at: nothing that is read here may be that large.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Files and folders that are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Everything but stored operations.
    pub(crate) files: Vec<PathBuf>,
    /// A folder of stored operations.
    pub(crate) operations: Option<PathBuf>,
}

/// What was seen: the hash of a file's content, `None` where there is no file that can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(BTreeMap<PathBuf, Option<[u8; 32]>>);

impl Seen {
    /// The part that is about some of the files.
    pub(crate) fn of(&self, files: &[PathBuf]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(path, _)| files.contains(path))
                .map(|(path, hash)| (path.clone(), *hash))
                .collect(),
        )
    }
}

/// Files as they were when they were last taken up.
#[derive(Debug)]
pub(crate) struct Files {
    watched: Watched,
    looker: Looker,
    /// What they looked like then.
    pub(crate) read: Seen,
    /// What they looked like last.
    last: Seen,
}

impl Files {
    /// Looks for the first time: before the files are read.
    pub(crate) fn new(watched: Watched) -> Self {
        let mut looker = Looker::default();
        let read = looker.look(&watched);
        Self { watched, looker, last: read.clone(), read }
    }

    /// Looks whether they changed since they were taken up, and not any more since the last look.
    pub(crate) fn have_changed(&mut self) -> bool {
        let seen = self.looker.look(&self.watched);
        let settled = seen == self.last;
        self.last = seen;
        settled && self.last != self.read
    }

    /// From now on, what they look like is what is taken up.
    pub(crate) fn begin(&mut self) {
        self.read = self.looker.look(&self.watched);
        self.last.clone_from(&self.read);
    }

    /// Looks at other files.
    pub(crate) fn watch(&mut self, watched: Watched) {
        if watched != self.watched {
            self.watched = watched;
            self.begin();
        }
    }
}

/// Looks at files, and reads only those that may have changed.
#[derive(Debug, Default)]
struct Looker {
    known: BTreeMap<PathBuf, (Outside, [u8; 32])>,
}

/// What is known of a file without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outside {
    modified: Option<SystemTime>,
    bytes: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Outside {
    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: metadata.modified().ok(),
            bytes: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(metadata),
        }
    }

    /// Whether a change after this would be seen from outside.
    fn is_settled(&self) -> bool {
        self.modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > COARSEST_CLOCK)
    }
}

impl Looker {
    /// Looks at everything once.
    fn look(&mut self, watched: &Watched) -> Seen {
        let operations = watched.operations.iter().flat_map(|folder| operations_in(folder));
        let seen: BTreeMap<_, _> = watched
            .files
            .iter()
            .cloned()
            .chain(operations)
            .map(|path| {
                let hash = self.hash(&path);
                (path, hash)
            })
            .collect();
        self.known.retain(|path, _| seen.contains_key(path));
        Seen(seen)
    }

    fn hash(&mut self, path: &Path) -> Option<[u8; 32]> {
        let outside = Outside::of(&std::fs::metadata(path).ok()?);
        if let Some((known, hash)) = self.known.get(path)
            && *known == outside
            && outside.is_settled()
        {
            return Some(*hash);
        }
        let mut content = Vec::new();
        std::fs::File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut content).ok()?;
        let hash = Sha256::digest(&content).into();
        self.known.insert(path.to_path_buf(), (outside, hash));
        Some(hash)
    }
}

fn operations_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "graphql")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_the_content_is_seen_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.yaml"), "1").unwrap();
        std::fs::write(path("query.graphql"), "{ a }").unwrap();
        let watched = Watched {
            files: vec![path("a.yaml"), path("missing.yaml")],
            operations: Some(folder.path().to_path_buf()),
        };
        let mut looker = Looker::default();
        let mut last = looker.look(&watched);
        let mut changed = |what: &str, expected: bool| {
            let seen = looker.look(&watched);
            assert_eq!(seen != last, expected, "{what}");
            last = seen;
        };
        changed("nothing", false);
        std::fs::write(path("a.yaml"), "2").unwrap();
        changed("the same length, perhaps at the same time", true);
        std::fs::write(path("a.yaml"), "2").unwrap();
        changed("written again as it was", false);
        std::fs::write(path("new.yaml"), "3").unwrap();
        std::fs::rename(path("new.yaml"), path("a.yaml")).unwrap();
        changed("another file in its place", true);
        std::fs::write(path("missing.yaml"), "").unwrap();
        changed("a file that was not there", true);
        std::fs::write(path("second.graphql"), "{ b }").unwrap();
        changed("one more operation", true);
        std::fs::write(path("notes.txt"), "").unwrap();
        changed("what is no operation", false);
        std::fs::remove_file(path("query.graphql")).unwrap();
        changed("an operation less", true);
    }

    #[test]
    fn an_old_file_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, "1").unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        let set = |file: &std::fs::File| file.set_modified(long_ago).unwrap();
        set(&std::fs::File::options().write(true).open(&path).unwrap());
        let watched = Watched { files: vec![path.clone()], operations: None };
        let mut looker = Looker::default();
        let before = looker.look(&watched);
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        std::io::Write::write_all(&mut &file, b"2").unwrap();
        set(&file);
        assert_eq!(looker.look(&watched), before, "nothing of it shows from outside");
    }
}
