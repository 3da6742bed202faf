//! Interfaces demand of the caller what any of their implementations demands.

use std::collections::BTreeMap;

use apollo_compiler::Name;

use super::Merger;
use super::model::Metadata;
use crate::compose::subgraph::model::TypeKind;
use crate::graph::{Demands, all_demands};

/// What one element demands of the caller.
#[derive(Clone, Default)]
struct Access {
    is_authenticated: bool,
    scopes: Option<Demands>,
    policies: Option<Demands>,
}

impl Merger<'_> {
    pub(super) fn inherit_access(&mut self) {
        // Keyed by interface, and by field for demands on fields.
        let mut inherited: BTreeMap<(Name, Option<Name>), Access> = BTreeMap::new();
        for ty in self.supergraph.types.values().filter(|ty| ty.kind == TypeKind::Object) {
            for interface in ty.implements.keys() {
                let Some(declared) = self.supergraph.types.get(interface) else { continue };
                add(inherited.entry((interface.clone(), None)).or_default(), &ty.metadata);
                for field in declared.fields.keys() {
                    if let Some(own) = ty.fields.get(field) {
                        let entry = inherited.entry((interface.clone(), Some(field.clone())));
                        add(entry.or_default(), &own.metadata);
                    }
                }
            }
        }
        for ((interface, field), access) in inherited {
            let Some(ty) = self.supergraph.types.get_mut(&interface) else { continue };
            let metadata = match field {
                None => Some(&mut ty.metadata),
                Some(field) => ty.fields.get_mut(&field).map(|field| &mut field.metadata),
            };
            if let Some(metadata) = metadata {
                metadata.is_authenticated = access.is_authenticated;
                metadata.scopes = access.scopes;
                metadata.policies = access.policies;
            }
        }
    }
}

fn add(access: &mut Access, metadata: &Metadata) {
    access.is_authenticated |= metadata.is_authenticated;
    access.scopes = all_demands(access.scopes.take().into_iter().chain(metadata.scopes.clone()));
    access.policies = all_demands(access.policies.take().into_iter().chain(metadata.policies.clone()));
}
