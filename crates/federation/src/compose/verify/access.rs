//! Access control is transitive: who may read a field may read what it is computed from.

use super::Verifier;
use crate::compose::code::Code;
use crate::compose::merge::model::Metadata;
use crate::compose::subgraph::context::{setters, split};
use crate::compose::subgraph::field_set::selected;
use crate::compose::subgraph::model::{Coordinate, FieldDef, Subgraph, TypeDef};
use crate::compose::subgraph::spec::Kind;
use crate::graph::{Demands, TooManyAlternatives};

impl Verifier<'_> {
    pub(super) fn verify_access(&mut self) {
        let subgraphs = self.subgraphs;
        for subgraph in subgraphs {
            for ty in subgraph.types.values() {
                for field in ty.fields.values() {
                    let needed = needed_fields(subgraph, ty, field);
                    self.verify_field(subgraph, ty, field, &needed);
                }
            }
        }
    }

    fn verify_field(&mut self, subgraph: &Subgraph, ty: &TypeDef, field: &FieldDef, needed: &[Coordinate]) {
        if needed.is_empty() {
            return;
        }
        let own = match together(self.demands_of(&(ty.name.clone(), field.name.clone()))) {
            Ok(own) => own,
            Err(error) => {
                let message =
                    format!("what `{}.{}` demands cannot be compared: {error}", ty.name, field.name);
                self.report(Code::MaxAccessAlternativesExceeded, message, [subgraph.locate(field.span)]);
                return;
            }
        };
        for coordinate in needed {
            for demand in self.demands_of(coordinate) {
                if !own.iter().any(|own| own.implies(&demand)) {
                    let message = format!(
                        "`{}.{}` depends on `{}.{}`, which demands `{}`",
                        ty.name,
                        field.name,
                        coordinate.0,
                        coordinate.1,
                        demand.directive()
                    );
                    let place = subgraph.locate(field.span);
                    self.report(Code::MissingTransitiveAuthRequirements, message, [place]);
                }
            }
        }
    }

    /// What reading a field of an object of its parent type demands: all of these.
    fn demands_of(&self, (ty, field): &Coordinate) -> Vec<Demand> {
        let Some(ty) = self.supergraph.types.get(ty) else { return Vec::new() };
        let mut demands = demands_in(&ty.metadata);
        if let Some(field) = ty.fields.get(field) {
            demands.extend(demands_in(&field.metadata));
            if let Some(target) = self.supergraph.types.get(field.ty.inner_named_type()) {
                demands.extend(demands_in(&target.metadata));
            }
        }
        demands
    }
}

/// One kind of demand.
#[derive(Clone, Debug)]
enum Demand {
    Authenticated,
    Scopes(Demands),
    Policies(Demands),
}

impl Demand {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Demand::Authenticated, Demand::Authenticated) => true,
            (Demand::Scopes(own), Demand::Scopes(other)) => own.implies(other),
            (Demand::Policies(own), Demand::Policies(other)) => own.implies(other),
            _ => false,
        }
    }

    fn directive(&self) -> &'static str {
        match self {
            Demand::Authenticated => "@authenticated",
            Demand::Scopes(_) => "@requiresScopes",
            Demand::Policies(_) => "@policy",
        }
    }
}

fn demands_in(metadata: &Metadata) -> Vec<Demand> {
    let authenticated = metadata.is_authenticated.then_some(Demand::Authenticated);
    let scopes = metadata.scopes.clone().map(Demand::Scopes);
    let policies = metadata.policies.clone().map(Demand::Policies);
    authenticated.into_iter().chain(scopes).chain(policies).collect()
}

/// One demand per kind, which all of the given ones together amount to.
fn together(demands: Vec<Demand>) -> Result<Vec<Demand>, TooManyAlternatives> {
    let mut out: Vec<Demand> = Vec::new();
    for demand in demands {
        let known = out.iter_mut().find(|known| known.directive() == demand.directive());
        match (known, demand) {
            (None, demand) => out.push(demand),
            (Some(Demand::Scopes(known)), Demand::Scopes(more)) => *known = known.and(&more)?,
            (Some(Demand::Policies(known)), Demand::Policies(more)) => *known = known.and(&more)?,
            (Some(_), _) => {}
        }
    }
    Ok(out)
}

/// The fields that a field is computed from: by `@requires` and by contexts.
fn needed_fields(subgraph: &Subgraph, ty: &TypeDef, field: &FieldDef) -> Vec<Coordinate> {
    let mut needed = Vec::new();
    for requires in field.directives.all(Kind::Requires) {
        let hits = selected(subgraph, &ty.name, requires.field_set(), true);
        needed.extend(hits.iter().map(|hit| hit.coordinate()));
    }
    for argument in field.arguments.values() {
        let from = argument.directives.get(Kind::FromContext).and_then(|applied| applied.text("field"));
        let Some((context, selection)) = from.and_then(split) else { continue };
        for setter in setters(subgraph, context) {
            let hits = selected(subgraph, &setter.name, selection, true);
            needed.extend(hits.iter().map(|hit| hit.coordinate()));
        }
    }
    needed
}
