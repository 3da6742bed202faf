//! Rules that one subgraph must keep, whatever the others do.

mod access;
mod cache_hints;
mod cache_tags;
mod contexts;
mod cost;
mod external;
mod field_sets;
mod interface_keys;
mod interface_objects;
mod overrides;
mod sharing;
mod tags;

use apollo_compiler::parser::SourceSpan;

use super::code::Code;
use super::diagnostic::Diagnostic;
use super::findings::Findings;
use super::subgraph::model::{FieldDef, Subgraph, TypeDef};

/// Checks one subgraph; every rule runs.
pub(crate) fn check(subgraph: &Subgraph, findings: &mut Findings) {
    let mut checker = Checker { subgraph, findings };
    checker.check_field_sets();
    checker.check_externals();
    checker.check_sharing();
    checker.check_overrides();
    checker.check_interface_keys();
    checker.check_interface_objects();
    checker.check_tags();
    checker.check_access();
    checker.check_costs();
    checker.check_contexts();
    checker.check_cache_tags();
    checker.check_cache_hints();
}

struct Checker<'a> {
    subgraph: &'a Subgraph,
    findings: &'a mut Findings,
}

impl<'a> Checker<'a> {
    fn report(&mut self, code: Code, message: impl Into<String>, span: Option<SourceSpan>) {
        self.findings.push(Diagnostic::new(code, message).at(self.subgraph.locate(span)));
    }

    fn types(&self) -> impl Iterator<Item = &'a TypeDef> + use<'a> {
        self.subgraph.types.values()
    }

    /// Fields of objects and interfaces with their types.
    fn fields(&self) -> impl Iterator<Item = (&'a TypeDef, &'a FieldDef)> + use<'a> {
        self.types().flat_map(|ty| ty.fields.values().map(move |field| (ty, field)))
    }
}
