//! Reading who may read what.

use apollo_compiler::ast::{Directive, DirectiveList};

use super::Reader;
use crate::graph::tables::TypeKind;
use crate::graph::{Access, AccessId, Demands, FieldId, TypeId, all_demands};

impl Reader<'_> {
    /// The rule that an element's directives make.
    pub(super) fn access(&mut self, directives: &DirectiveList) -> Option<AccessId> {
        let mut access = Access::default();
        for directive in &directives.0 {
            let name = directive.name.as_str();
            if name == self.names.authenticated {
                access.authenticated = true;
            } else if name == self.names.requires_scopes {
                access.scopes = Some(demands(directive, "scopes"));
            } else if name == self.names.policy {
                access.policies = Some(demands(directive, "policies"));
            }
        }
        self.access_id(access)
    }

    fn access_id(&mut self, access: Access) -> Option<AccessId> {
        if access.is_open() {
            return None;
        }
        let known = self.access.iter().position(|known| *known == access);
        Some(AccessId::from(known.unwrap_or_else(|| {
            self.access.push(access);
            self.access.len() - 1
        })))
    }

    /// Composition writes on interfaces what their implementations demand together. Each implementation is checked
    /// by itself, so interfaces need no rules; what one demands by itself, which only older composition allowed, its
    /// implementations demand as well: else whoever asks for them by name would go round it.
    pub(super) fn hand_down_access(&mut self) {
        for index in 0..self.types.len() {
            if self.types[index].kind != TypeKind::Interface {
                continue;
            }
            let implementations = self.implementations(TypeId::from(index));
            if let Some(access) = self.types[index].access.take() {
                let of = implementations.iter().map(|id| self.types[id.index()].access).collect();
                let own = self.without_inherited(access, of);
                for id in &implementations {
                    let row = &self.types[id.index()];
                    let (rule, place) = (row.access, row.name.clone());
                    self.types[id.index()].access = self.both(rule, &own, &place);
                }
            }
            let fields: Vec<FieldId> = self.types[index].fields.values().copied().collect();
            for field in fields {
                self.hand_down_field(field, &implementations);
            }
        }
    }

    fn hand_down_field(&mut self, field: FieldId, implementations: &[TypeId]) {
        let Some(access) = self.fields[field.index()].access.take() else { return };
        let name = &self.fields[field.index()].name;
        let below = implementations.iter().filter_map(|id| self.types[id.index()].fields.get(name));
        let below: Vec<FieldId> = below.copied().collect();
        let of = below.iter().map(|field| self.fields[field.index()].access).collect();
        let own = self.without_inherited(access, of);
        for field in below {
            let row = &self.fields[field.index()];
            let (rule, place) = (row.access, row.coordinate.clone());
            self.fields[field.index()].access = self.both(rule, &own, &place);
        }
    }

    /// A rule that demands what a rule and another demand.
    fn both(&mut self, rule: Option<AccessId>, other: &Access, coordinate: &str) -> Option<AccessId> {
        if other.is_open() {
            return rule;
        }
        let mut access = rule.map(|id| self.access[id.index()].clone()).unwrap_or_default();
        access.authenticated |= other.authenticated;
        access.scopes = self.together(access.scopes, &other.scopes, coordinate);
        access.policies = self.together(access.policies, &other.policies, coordinate);
        self.access_id(access)
    }

    fn together(&mut self, a: Option<Demands>, b: &Option<Demands>, coordinate: &str) -> Option<Demands> {
        all_demands(a.into_iter().chain(b.clone())).unwrap_or_else(|error| {
            self.malformed(coordinate, error.to_string());
            None
        })
    }

    fn implementations(&self, interface: TypeId) -> Vec<TypeId> {
        let possible = self.types[interface.index()].possible.iter();
        possible.map(|object| self.objects[object.index()]).collect()
    }

    fn without_inherited(&self, own: AccessId, of: Vec<Option<AccessId>>) -> Access {
        let mut own = self.access[own.index()].clone();
        let of: Vec<&Access> = of.into_iter().flatten().map(|id| &self.access[id.index()]).collect();
        own.authenticated &= !of.iter().any(|access| access.authenticated);
        let (scopes, policies): (Vec<_>, Vec<_>) =
            of.iter().map(|access| (access.scopes.as_ref(), access.policies.as_ref())).unzip();
        own.scopes = own.scopes.filter(|own| !is_inherited(own, &scopes));
        own.policies = own.policies.filter(|own| !is_inherited(own, &policies));
        own
    }
}

/// Whether demands are those of implementations together, hence imply the demands of each.
fn is_inherited(own: &Demands, of: &[Option<&Demands>]) -> bool {
    let mut demands = of.iter().flatten().peekable();
    demands.peek().is_some() && demands.all(|demands| own.implies(demands))
}

/// Demands that cannot be read let nobody in.
fn demands(directive: &Directive, argument: &str) -> Demands {
    directive.specified_argument_by_name(argument).map(|value| Demands::read(value)).unwrap_or_default()
}
