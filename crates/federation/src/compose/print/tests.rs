//! What is printed is what is read: the tables of a composed supergraph say what composition found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::compose::findings::Findings;
use crate::compose::merge::model::{Graph as Position, JoinField, MergedField, MergedType};
use crate::compose::subgraph::model::TypeKind;
use crate::compose::{Merged, SubgraphSdl, merge};
use crate::graph::{FieldId, FieldInSubgraph, Graph, SubgraphId};

/// The subgraphs of every folder of cases.
fn cases() -> Vec<(PathBuf, Vec<SubgraphSdl>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/compose");
    let (mut cases, mut open) = (Vec::new(), vec![root]);
    while let Some(folder) = open.pop() {
        let mut subgraphs = Vec::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "graphql") && name != "expected" {
                let sdl = fs::read_to_string(&path).unwrap();
                subgraphs.push(SubgraphSdl { name, url: String::new(), sdl });
            }
        }
        cases.push((folder, subgraphs));
    }
    cases
}

fn id(position: Position) -> SubgraphId {
    SubgraphId::from(position)
}

struct Comparison<'a> {
    merged: &'a Merged,
    graph: &'a Graph,
    differences: Vec<String>,
}

impl Comparison<'_> {
    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, what: String, read: T, found: T) {
        if read != found {
            self.differences.push(format!("{what}: {read:?} is read, {found:?} was composed"));
        }
    }

    fn types(&mut self) {
        for ty in self.merged.supergraph.types.values() {
            let Some(own) = self.graph.type_id(&ty.name) else {
                self.differences.push(format!("{} is not read", ty.name));
                continue;
            };
            let row = self.graph.ty(own);
            let graphs: BTreeSet<SubgraphId> = ty.graphs().into_iter().map(id).collect();
            self.expect(ty.name.to_string(), row.subgraphs.iter().collect(), graphs);
            self.expect(format!("{} is visible", ty.name), row.visible, !ty.metadata.is_inaccessible);
            if matches!(ty.kind, TypeKind::Object | TypeKind::Interface) {
                self.keys(ty);
                for field in ty.fields.values() {
                    self.field(ty, field, row.fields[field.name.as_str()]);
                }
            }
        }
    }

    fn keys(&mut self, ty: &MergedType) {
        let row = self.graph.ty(self.graph.type_id(&ty.name).unwrap());
        let of = |resolvable: bool, position: Position| {
            let keys = ty.joins.iter().filter(|join| join.graph == position && join.key.is_some());
            keys.filter(|join| join.is_resolvable == resolvable).count()
        };
        for position in ty.graphs() {
            let local = row.local(id(position)).unwrap();
            for resolvable in [true, false] {
                let read = local.keys.iter().filter(|key| key.resolvable == resolvable).count();
                let what = format!("keys of {} in {position}, resolvable: {resolvable}", ty.name);
                self.expect(what, read, of(resolvable, position));
            }
            let is_object = ty.joins.iter().any(|join| join.graph == position && join.is_interface_object);
            self.expect(format!("{} in {position}", ty.name), local.interface_object, is_object);
        }
    }

    fn field(&mut self, ty: &MergedType, field: &MergedField, own: FieldId) {
        let row = self.graph.field(own);
        let place = format!("{}.{}", ty.name, field.name);
        self.expect(format!("{place} is visible"), row.visible, !field.metadata.is_inaccessible);
        let wrapped = self.graph.ty(row.ty).name.to_string();
        self.expect(format!("type of {place}"), wrapped, field.ty.inner_named_type().to_string());
        for position in ty.graphs() {
            let said = field.joins.iter().find(|join| join.graph == Some(position));
            let read = row.local(id(position));
            match (said, read) {
                (Some(join), Some(local)) => self.declaration(&place, join, local),
                (None, Some(_)) if field.joins.is_empty() => {}
                (None, None) if !field.joins.is_empty() => {}
                (said, read) => {
                    self.differences
                        .push(format!("{place} in {position}: {read:?} is read, {said:?} was composed"));
                }
            }
        }
    }

    fn declaration(&mut self, place: &str, join: &JoinField, local: &FieldInSubgraph) {
        let is_elsewhere = join.is_external || join.is_used_overridden;
        self.expect(format!("{place} is external"), local.external, is_elsewhere);
        self.expect(format!("{place} is overridden"), local.overridden, join.is_used_overridden);
        self.expect(format!("{place} requires"), local.requires.is_some(), join.requires.is_some());
        self.expect(format!("{place} provides"), local.provides.is_some(), join.provides.is_some());
        self.expect(format!("label of {place}"), local.label.is_some(), join.override_label.is_some());
        let contexts = (local.context_arguments.len(), join.context_arguments.len());
        self.expect(format!("contexts of {place}"), contexts.0, contexts.1);
        if let Some(ty) = &join.ty {
            let read = self.graph.ty(local.ty).name.to_string();
            self.expect(format!("local type of {place}"), read, ty.inner_named_type().to_string());
        }
    }
}

#[test]
fn what_was_composed_is_what_is_read() {
    let mut compared = 0;
    for (folder, subgraphs) in cases() {
        let mut findings = Findings::default();
        let merged = merge(&subgraphs, &mut findings).filter(|_| findings.errors() == 0);
        let Some(merged) = merged else { continue };
        let graph =
            Graph::from_sdl(&merged.sdl).unwrap_or_else(|errors| panic!("{}: {errors:?}", folder.display()));
        let mut comparison = Comparison { merged: &merged, graph: &graph, differences: Vec::new() };
        comparison.types();
        assert!(comparison.differences.is_empty(), "{}: {:#?}", folder.display(), comparison.differences);
        compared += 1;
    }
    assert!(compared > 100, "only {compared} cases compose");
}
