//! `franchise audit verify`: does the audit trail say what was recorded?
//!
//! What it prints for each network is what it reads again with `--noted`.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use compliance::trail::{self, Anchor, Verdict};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use subgraph::directory::{UnitKind, unit};
use uuid::Uuid;

use crate::Failure;
use crate::cli::Verify;
use crate::data_folder::DataFolder;

/// The most of a file with noted heads that is read, in bytes: some thousands of networks.
const MAX_NOTED: u64 = 1 << 20;

/// Runs `franchise audit verify`.
pub(crate) async fn verify(options: &Verify) -> Result<(), Failure> {
    let noted = options.noted.as_deref().map(read).transpose()?.unwrap_or_default();
    if options.place.databases.is_none() {
        // There is nothing to check in a platform that would be made for it.
        DataFolder::open(&options.place.data)?;
    }
    let databases = options.place.databases().await?;
    // What an import that was broken off left behind belongs to the trail.
    databases.audit_loads().await?;
    let slugs = slugs(&databases.compliance).await?;
    let verdicts = trail::verify(&databases.compliance, &noted).await?;
    if verdicts.is_empty() {
        writeln!(std::io::stderr(), "the audit trail has no entries yet")?;
    }
    let mut broken = Vec::new();
    for Verdict { network, head, broken: found } in verdicts {
        let slug = slugs.get(&network).map_or("-", String::as_str);
        match found {
            None => {
                writeln!(std::io::stdout(), "{network} {} {} {slug}", head.position, anchor_hash(&head))?;
            }
            Some(found) => {
                broken.push(format!("the audit trail of network {network} ({slug}) is broken: {found}"))
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\nerror: ").into()) }
}

/// A head without entries has no hash.
fn anchor_hash(head: &Anchor) -> &str {
    if head.hash.is_empty() { "-" } else { &head.hash }
}

async fn slugs(directory: &DatabaseConnection) -> Result<HashMap<Uuid, String>, Failure> {
    let networks = unit::Entity::find().filter(unit::Column::Kind.eq(UnitKind::Network));
    Ok(networks.all(directory).await?.into_iter().map(|unit| (unit.id, unit.code)).collect())
}

/// The heads in a file that an earlier check printed.
fn read(file: &Path) -> Result<HashMap<Uuid, Anchor>, Failure> {
    let shown = file.display();
    let size = std::fs::metadata(file).map_err(|error| format!("cannot read {shown}: {error}"))?.len();
    if size > MAX_NOTED {
        return Err(format!("{shown}: has {size} bytes, more than any output of `audit verify`").into());
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {shown}: {error}"))?;
    parse(&text).map_err(|line| {
        let wanted = "a line of `audit verify` is a network's id, a number, a hash and a name";
        format!("{shown}:{line}: {wanted}").into()
    })
}

/// The heads, or the number of the first line that is none.
fn parse(text: &str) -> Result<HashMap<Uuid, Anchor>, usize> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| head(line).ok_or(number)).collect()
}

fn head(line: &str) -> Option<(Uuid, Anchor)> {
    let mut words = line.split_whitespace();
    let network = words.next()?.parse().ok()?;
    let position: i64 = words.next()?.parse().ok().filter(|position| *position >= 0)?;
    let hash = words.next()?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let hash = if position == 0 && hash == "-" { "" } else { Some(hash).filter(|_| is_hash)? };
    Some((network, Anchor { position, hash: hash.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_they_are_printed() {
        let (network, empty) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let hash = "ab".repeat(32);
        let heads = parse(&format!("{network} 12 {hash} acme\n\n{empty} 0 - -\n")).unwrap();
        assert_eq!(heads[&network], Anchor { position: 12, hash });
        assert_eq!(heads[&empty], Anchor { position: 0, hash: String::new() });
    }

    #[test]
    fn a_line_that_is_no_head_is_told_by_its_number() {
        let network = Uuid::from_u128(1);
        let hash = "ab".repeat(32);
        for line in [
            "acme 12 abc".to_owned(),
            format!("{network} 12"),
            format!("{network} -1 {hash}"),
            format!("{network} 12 -"),
            format!("{network} 12 {}", hash.to_uppercase()),
        ] {
            assert_eq!(parse(&format!("\n{line}")), Err(2), "{line}");
        }
    }
}
