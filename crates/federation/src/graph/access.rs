//! Who may read what: the rules of `@authenticated`, `@requiresScopes` and `@policy`.

use std::collections::BTreeSet;

use super::{AccessId, Demands, FieldId, Graph, ObjectId, TypeId};

/// What reading an element demands of the caller: all that is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// `@authenticated`
    pub authenticated: bool,
    /// `@requiresScopes`
    pub scopes: Option<Demands>,
    /// `@policy`
    pub policies: Option<Demands>,
}

impl Access {
    /// Whether nothing is demanded.
    pub fn is_open(&self) -> bool {
        !self.authenticated && self.scopes.is_none() && self.policies.is_none()
    }
}

impl Graph {
    /// The different rules of the graph, in order of their ids.
    pub fn access_rules(&self) -> &[Access] {
        &self.access
    }

    /// A rule.
    pub fn access(&self, id: AccessId) -> &Access {
        &self.access[id.index()]
    }

    /// Every policy that some element demands: what an embedder may have to decide.
    pub fn policies(&self) -> BTreeSet<&str> {
        let demands = self.access.iter().filter_map(|rule| rule.policies.as_ref());
        demands.flat_map(Demands::alternatives).flatten().map(String::as_str).collect()
    }

    /// The rules for reading a field of an object: those of the object's type, of its own field and of the field's
    /// type. Those of interfaces are handed down to their implementations.
    pub fn access_of(&self, object: ObjectId, field: FieldId) -> impl Iterator<Item = AccessId> + '_ {
        let own = self.concrete_field(object, field).unwrap_or(field);
        let of_type = |id: TypeId| self.ty(id).access;
        let rules = [of_type(self.object_type(object)), self.field(own).access, of_type(self.field(own).ty)];
        rules.into_iter().flatten()
    }
}
