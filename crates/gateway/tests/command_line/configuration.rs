//! `gateway config`: files are checked and explained, and what is generated from the structs is up to date.

use std::path::{Path, PathBuf};

use super::{fails, folder, shop_files, succeeds};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_reference_and_the_schema_are_as_the_structs_are() {
    for (command, file) in [("reference", "docs/configuration.md"), ("schema", "deploy/gateway.schema.json")]
    {
        let made = succeeds(&root(), &["config", command]);
        let found = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(made == found, "{file} is stale: run `cargo run -p gateway -- config {command} > {file}`");
    }
}

#[test]
fn a_file_is_checked_alone_or_with_what_it_names() {
    let folder = shop_files();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("gateway.yaml", "compose: supergraph.yaml\noperations: { folder: operations }\n");
    let good = "gateway.yaml: no problem found\n";
    assert_eq!(succeeds(folder.path(), &["config", "check", "gateway.yaml"]), good);
    let said = fails(folder.path(), &["config", "check", "--all", "gateway.yaml"], 1);
    assert!(said.contains("operations: the folder cannot be read"), "{said}");
    std::fs::create_dir(folder.path().join("operations")).unwrap();
    assert_eq!(succeeds(folder.path(), &["config", "check", "--all", "gateway.yaml"]), good);
    write("gateway.yaml", "compose: supergraph.yaml\nhtpp: {}\ndev: maybe\n");
    let said = fails(folder.path(), &["config", "check", "gateway.yaml"], 1);
    assert_eq!(
        said,
        "error: gateway.yaml:2:1: `htpp`: unknown key; did you mean `http`?\ngateway.yaml:3:6: `dev`: expected \
         `true` or `false`\n"
    );
    fails(folder.path(), &["config", "check"], 2);
}

#[test]
fn what_takes_effect_is_shown() {
    let folder = folder(&[("gateway.yaml", "supergraph: a.graphql\ndev: true\n")]);
    let shown = succeeds(folder.path(), &["config", "show", "gateway.yaml"]);
    let line =
        |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{shown}"));
    assert!(line("dev: true ").ends_with("# gateway.yaml:2"), "{shown}");
    assert!(line("listen: 127.0.0.1:4000 ").ends_with("# default"), "{shown}");
}
