//! A file to import, read once: what is audited is what is loaded.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subgraph::load::Source;

use super::problem::{BadFile, Problem};
use crate::Failure;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 512 << 20;

/// Who loads, as the trail names them: who is said to, or whom the operating system calls so.
///
/// # Errors
/// When nobody is said to and the system does not tell.
pub(super) fn loader(said: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = said {
        return Ok(name.to_owned());
    }
    let process = std::fs::metadata("/proc/self");
    let user = process.map_err(|_| "cannot tell who you are for the audit trail: say it with `--by NAME`")?;
    Ok(format!("uid {}", user.uid()))
}

/// The text of a file.
pub(super) struct TextFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl TextFile {
    /// Reads a file, and tells where a load of it comes from, also when it is not text.
    pub(super) fn read(path: &Path, by: &str) -> (Source, Result<Self, BadFile>) {
        let bytes = read_bytes(path);
        let digest = bytes
            .as_ref()
            .ok()
            .map(|bytes| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let source = Source { name, digest, by: by.to_owned() };
        let text = bytes.and_then(text);
        let refuse = |problem| BadFile { file: path.to_owned(), problems: vec![problem] };
        (source, text.map(|text| Self { path: path.to_owned(), text }).map_err(refuse))
    }

    /// The refusal of the file because of what is wrong with it.
    pub(super) fn refuse(&self, problems: Vec<Problem>) -> BadFile {
        BadFile { file: self.path.clone(), problems }
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: std::io::Error| Problem::file(format!("cannot be read: {error}"));
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_BYTES {
        return Err(Problem::file(format!(
            "has {size} bytes, at most {MAX_BYTES} are read: split it by year"
        )));
    }
    std::fs::read(path).map_err(unreadable)
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let line = bytes[..error.utf8_error().valid_up_to()].iter().filter(|&&byte| byte == b'\n').count()
            as u64
            + 1;
        Problem::row(line, "is not UTF-8 text; save the file as \"CSV UTF-8\"")
    })
}
