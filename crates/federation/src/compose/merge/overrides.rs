//! `@override`: which subgraph takes a field over from which, and under which label.

use std::collections::BTreeMap;

use super::model::Graph;
use crate::compose::code::Code;
use crate::compose::diagnostic::Diagnostic;
use crate::compose::findings::Findings;
use crate::compose::subgraph::model::{Applied, Coordinate, FieldDef, Subgraph, TypeDef};
use crate::compose::subgraph::spec::Kind;

/// A field taken over.
#[derive(Clone, Debug)]
pub(crate) struct Win {
    pub(crate) from: String,
    pub(crate) label: Option<String>,
}

/// A field taken away; with a label it stays for part of the requests.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    pub(crate) label: Option<String>,
}

/// All effective overrides.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    wins: BTreeMap<(Graph, Coordinate), Win>,
    losses: BTreeMap<(Graph, Coordinate), Loss>,
}

impl Overrides {
    pub(crate) fn win(&self, graph: Graph, coordinate: &Coordinate) -> Option<&Win> {
        self.wins.get(&(graph, coordinate.clone()))
    }

    pub(crate) fn loss(&self, graph: Graph, coordinate: &Coordinate) -> Option<&Loss> {
        self.losses.get(&(graph, coordinate.clone()))
    }

    /// Reads every `@override` and checks it against its source subgraph.
    pub(super) fn read(subgraphs: &[Subgraph], findings: &mut Findings) -> Self {
        let mut overrides = Self::default();
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            for ty in subgraph.types.values() {
                for field in ty.fields.values() {
                    if let Some(applied) = field.directives.get(Kind::Override) {
                        let site = Site { subgraphs, graph, ty, field, applied };
                        overrides.add(&site, findings);
                    }
                }
            }
        }
        overrides
    }

    fn add(&mut self, site: &Site<'_>, findings: &mut Findings) {
        let subgraph = site.subgraph();
        let coordinate = (site.ty.name.clone(), site.field.name.clone());
        let from = site.applied.text("from").unwrap_or_default();
        let label = site.applied.text("label").map(str::to_owned);
        if subgraph.usage.is_external(&site.ty.name, &site.field.name) {
            site.report(Code::OverrideCollisionWithAnotherDirective, "is also `@external`", findings);
            return;
        }
        if from == subgraph.name {
            site.report(Code::OverrideFromSelfError, "overrides its own subgraph", findings);
            return;
        }
        let Some(source) = site.subgraphs.iter().position(|other| other.name == from) else {
            site.report(
                Code::FromSubgraphDoesNotExist,
                &format!("overrides `{from}`, which does not exist"),
                findings,
            );
            return;
        };
        let origin = &site.subgraphs[source];
        let Some(lost) = origin.field(&site.ty.name, &site.field.name) else {
            let message = format!("overrides `{from}`, which does not have the field");
            site.report(Code::OverrideDirectiveCanBeRemoved, &message, findings);
            return;
        };
        // Even a wrong override says who shall resolve the field: complaints about sharing would only be noise.
        let loss = Loss { label: label.clone() };
        if origin.types.get(&site.ty.name).is_some_and(TypeDef::is_interface_object) {
            let message = format!("overrides `{from}`, where the type is an `@interfaceObject`");
            site.report(Code::OverrideCollisionWithAnotherDirective, &message, findings);
            return;
        }
        if lost.directives.has(Kind::Override) {
            let message = format!("overrides `{from}`, where it is itself an override");
            site.report(Code::OverrideSourceHasOverride, &message, findings);
            self.losses.insert((source, coordinate), loss);
            return;
        }
        for (kind, name) in [(Kind::Requires, "@requires"), (Kind::Provides, "@provides")] {
            if lost.directives.has(kind) {
                let message = format!("overrides `{from}`, where it has `{name}`");
                site.report(Code::OverrideCollisionWithAnotherDirective, &message, findings);
                self.losses.insert((source, coordinate), loss);
                return;
            }
        }
        if origin.usage.is_external(&site.ty.name, &site.field.name) {
            let message = format!("overrides `{from}`, where it is already `@external`");
            site.report(Code::OverrideDirectiveCanBeRemoved, &message, findings);
            return;
        }
        self.hint(site, origin, lost, label.as_deref(), findings);
        self.wins.insert((site.graph, coordinate.clone()), Win { from: from.to_owned(), label });
        self.losses.insert((source, coordinate), loss);
    }

    fn hint(
        &self,
        site: &Site<'_>,
        origin: &Subgraph,
        lost: &FieldDef,
        label: Option<&str>,
        findings: &mut Findings,
    ) {
        let place = format!("{}.{}", site.ty.name, lost.name);
        let used = origin.usage.is_used(&site.ty.name, &lost.name);
        let (code, message) = match label {
            Some(label) => (
                Code::OverrideMigrationInProgress,
                format!("`{place}` moves from `{}` to `{}` by `{label}`", origin.name, site.subgraph().name),
            ),
            None if used => (
                Code::OverriddenFieldCanBeRemoved,
                format!(
                    "`{place}` is overridden by `{}`, but still needed in `{}`: mark it `@external` there",
                    site.subgraph().name,
                    origin.name
                ),
            ),
            None => (
                Code::OverriddenFieldCanBeRemoved,
                format!("`{place}` is overridden by `{}`", site.subgraph().name),
            ),
        };
        findings.push(
            Diagnostic::new(code, message)
                .at_all([origin.locate(lost.span), site.subgraph().locate(site.applied.span())]),
        );
    }
}

/// One application of `@override`.
struct Site<'a> {
    subgraphs: &'a [Subgraph],
    graph: Graph,
    ty: &'a TypeDef,
    field: &'a FieldDef,
    applied: &'a Applied,
}

impl Site<'_> {
    fn subgraph(&self) -> &Subgraph {
        &self.subgraphs[self.graph]
    }

    fn report(&self, code: Code, what: &str, findings: &mut Findings) {
        let message = format!("`{}.{}` {what}", self.ty.name, self.field.name);
        findings.push(Diagnostic::new(code, message).at(self.subgraph().locate(self.applied.span())));
    }
}
