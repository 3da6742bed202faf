//! The specifications a supergraph links because it uses their directives.

use std::collections::BTreeSet;

use crate::compose::merge::model::{MergedInput, Metadata, Supergraph};
use crate::compose::subgraph::spec::Kind;

/// Which metadata directives occur in the supergraph.
#[derive(Debug, Default)]
pub(super) struct Carriers(BTreeSet<Kind>);

impl Carriers {
    pub(super) fn used_by(supergraph: &Supergraph) -> Self {
        let mut carriers = Self::default();
        carriers.add(&supergraph.metadata);
        for ty in supergraph.types.values() {
            carriers.add(&ty.metadata);
            for field in ty.fields.values() {
                carriers.add(&field.metadata);
                carriers.add_inputs(field.arguments.values());
                if field.joins.iter().any(|join| !join.context_arguments.is_empty()) {
                    carriers.0.insert(Kind::Context);
                }
            }
            carriers.add_inputs(ty.inputs.values());
            for value in ty.values.values() {
                carriers.add(&value.metadata);
            }
        }
        carriers
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.0.contains(&kind)
    }

    fn add_inputs<'a>(&mut self, inputs: impl Iterator<Item = &'a MergedInput>) {
        for input in inputs {
            self.add(&input.metadata);
        }
    }

    fn add(&mut self, metadata: &Metadata) {
        let found = [
            (Kind::Inaccessible, metadata.is_inaccessible),
            (Kind::Tag, !metadata.tags.is_empty()),
            (Kind::Authenticated, metadata.is_authenticated),
            (Kind::RequiresScopes, metadata.scopes.is_some()),
            (Kind::Policy, metadata.policies.is_some()),
            (Kind::Cost, metadata.cost.is_some()),
            (Kind::ListSize, metadata.list_size.is_some()),
            (Kind::Context, !metadata.contexts.is_empty()),
        ];
        self.0.extend(found.into_iter().filter(|(_, is_used)| *is_used).map(|(kind, _)| kind));
    }
}
