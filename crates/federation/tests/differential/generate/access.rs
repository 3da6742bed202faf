//! What is for some callers only.

use super::Builder;
use crate::differential::access::Access;
use crate::differential::dice::Dice;
use crate::differential::model::{Kind, Subgraph, is_root};

impl Builder {
    /// Fields and types that nothing else needs are for some callers only, now and then. With dice of its own, so that
    /// it changes nothing else.
    pub(super) fn protect(&mut self, mut dice: Dice) {
        // The single server reads an interface's type where the object's own is stricter: a null would go another way.
        let alike = self.model.types.values().all(|ty| {
            ty.interfaces.iter().all(|interface| {
                let promised = &self.model.types[interface].fields;
                promised.iter().all(|(name, field)| ty.fields.get(name).is_none_or(|own| own.ty == field.ty))
            })
        });
        for (ty, field) in self.fields() {
            if self.may_be_protected(&ty, &field, alike) && dice.chance(8) {
                let homes: Vec<Subgraph> = self.model.types[&ty].fields[&field].resolvers().collect();
                for subgraph in dice.some(&homes, 1) {
                    let home = self.field(&ty, &field).homes.get_mut(&subgraph).expect("a resolver");
                    home.access = Access::random(&mut dice);
                }
            }
        }
        if alike {
            self.protect_types(&mut dice);
        }
    }

    fn may_be_protected(&self, ty: &str, name: &str, alike: bool) -> bool {
        let known = &self.model.types[ty];
        let field = &known.fields[name];
        let promised = known.interfaces.iter().any(|face| self.model.types[face].fields.contains_key(name));
        !promised
            && ty != "Subscription"
            && !name.starts_with("around")
            && !self.model.is_needed(name)
            && !field.inaccessible
            && (alike || !field.ty.is_non_null())
    }

    fn protect_types(&mut self, dice: &mut Dice) {
        let names: Vec<String> = self.model.types.keys().cloned().collect();
        for name in names.iter().filter(|name| !is_root(name)) {
            let ty = &self.model.types[name];
            let gives = ty.fields.keys().any(|field| field.starts_with("around"));
            if ty.kind == Kind::Object && !gives && !self.model.is_passed(name) && dice.chance(12) {
                let homes: Vec<Subgraph> = ty.homes.keys().copied().collect();
                for subgraph in dice.some(&homes, 1) {
                    let home = self.ty(name).homes.get_mut(&subgraph).expect("a home");
                    home.access = Access::random(dice);
                }
            }
        }
    }
}
