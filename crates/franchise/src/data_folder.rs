//! The data folder: databases and secrets of an embedded platform.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use subgraph::caller::token::Secret;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// The folder cannot be made or written to.
    #[error("cannot write to the data folder {folder}: {cause}; choose another with `--data DIR`")]
    NotWritable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A secret in the folder cannot be used.
    #[error("{file}: {problem}; delete the file to have a new one made (tokens made so far become void)")]
    BadSecret {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no platform in the folder yet.
    #[error(
        "there is no platform in {folder}: start it once with `franchise --data {folder}`, or name its folder with `--data DIR`"
    )]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
}

/// An opened data folder.
#[derive(Debug)]
pub struct DataFolder {
    folder: PathBuf,
    /// Signs the bearer tokens of this platform's own users.
    pub user_secret: Secret,
    /// Signs the internal tokens between gateway and services.
    pub internal_secret: Secret,
}

impl DataFolder {
    /// Opens a folder, making it and its secrets when they are missing.
    ///
    /// # Errors
    /// When the folder is not writable or a secret in it cannot be used.
    pub fn create(folder: &Path) -> Result<Self, DataFolderError> {
        let failed = |cause| DataFolderError::NotWritable { folder: folder.to_owned(), cause };
        fs::create_dir_all(folder).map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
            user_secret: secret(folder, "user-token.secret")?,
            internal_secret: secret(folder, "internal-token.secret")?,
        })
    }

    /// Opens a folder in which a platform has been started before.
    ///
    /// # Errors
    /// [`DataFolderError::Empty`] when none has; as [`DataFolder::create`] otherwise.
    pub fn open(folder: &Path) -> Result<Self, DataFolderError> {
        if !folder.join("networks.db").exists() {
            return Err(DataFolderError::Empty { folder: folder.to_owned() });
        }
        Self::create(folder)
    }

    /// The database URL of a service.
    pub fn database_url(&self, service: &str) -> String {
        format!("sqlite://{}?mode=rwc", self.folder.join(format!("{service}.db")).display())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

/// Reads a secret, or makes one that only the owner can read.
fn secret(folder: &Path, name: &str) -> Result<Secret, DataFolderError> {
    let file = folder.join(name);
    let failed = |cause| DataFolderError::NotWritable { folder: folder.to_owned(), cause };
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let bytes = random_secret();
            match write_new(&file, &bytes) {
                Ok(()) => bytes,
                // Another process made it in the meantime: both must use the same.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::read(&file).map_err(failed)?,
                Err(error) => return Err(failed(error)),
            }
        }
        Err(error) => return Err(failed(error)),
    };
    Secret::new(bytes.trim_ascii()).map_err(|problem| DataFolderError::BadSecret { file, problem })
}

/// 244 random bits as text.
fn random_secret() -> Vec<u8> {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()).into_bytes()
}

/// The file appears with its whole content or not at all, and never replaces another.
fn write_new(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = file.with_extension(format!("{}.part", uuid::Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&part)?;
    let written = open.write_all(bytes).and_then(|()| open.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&part, file));
    fs::remove_file(&part)?;
    linked
}
