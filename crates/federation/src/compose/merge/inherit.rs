//! Interfaces demand of the caller what any of their implementations demands.

use std::collections::BTreeMap;

use apollo_compiler::Name;

use super::model::Metadata;
use super::{Merger, Place};
use crate::compose::subgraph::model::TypeKind;
use crate::graph::{Demands, TooManyAlternatives, all_demands};

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
        let mut refused: BTreeMap<(Name, Option<Name>), TooManyAlternatives> = BTreeMap::new();
        let mut inherit = |key: (Name, Option<Name>), metadata: &Metadata| {
            if let Err(error) = add(inherited.entry(key.clone()).or_default(), metadata) {
                refused.insert(key, error);
            }
        };
        for ty in self.supergraph.types.values().filter(|ty| ty.kind == TypeKind::Object) {
            for interface in ty.implements.keys() {
                let Some(declared) = self.supergraph.types.get(interface) else { continue };
                inherit((interface.clone(), None), &ty.metadata);
                for field in declared.fields.keys() {
                    if let Some(own) = ty.fields.get(field) {
                        inherit((interface.clone(), Some(field.clone())), &own.metadata);
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
        for ((interface, field), error) in refused {
            let place = match &field {
                None => Place::Type(&interface),
                Some(field) => Place::Member(&interface, field),
            };
            let defined = self
                .subgraphs
                .iter()
                .filter_map(|subgraph| Some(subgraph.locate(subgraph.types.get(&interface)?.span)));
            let places = defined.collect();
            self.report_alternatives(&place, error, places);
        }
    }
}

fn add(access: &mut Access, metadata: &Metadata) -> Result<(), TooManyAlternatives> {
    access.is_authenticated |= metadata.is_authenticated;
    access.scopes = all_demands(access.scopes.take().into_iter().chain(metadata.scopes.clone()))?;
    access.policies = all_demands(access.policies.take().into_iter().chain(metadata.policies.clone()))?;
    Ok(())
}
