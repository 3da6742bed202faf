//! One type out of the types several subgraphs give to a field, argument or input field.

use std::collections::BTreeMap;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::model::MergedType;
use crate::compose::subgraph::model::TypeKind;

/// How the subgraphs' types relate to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    Same,
    /// Different, but one type serves all.
    Compatible,
    Conflict,
}

/// The type every subgraph's type can be read as: nullable if nullable anywhere, the more general named type.
pub(crate) fn merge_output(types: &[&Type], merged: &BTreeMap<Name, MergedType>) -> (Type, Agreement) {
    fold(types, &|a, b| {
        join(a, b, &|a, b| {
            if is_subtype(b, a, merged) {
                Some(a.clone())
            } else if is_subtype(a, b, merged) {
                Some(b.clone())
            } else {
                None
            }
        })
    })
}

/// The type whose values every subgraph accepts: non-null if non-null anywhere, named types equal.
pub(crate) fn merge_input(types: &[&Type]) -> (Type, Agreement) {
    fold(types, &|a, b| meet(a, b))
}

/// Whether values of type `sub` are values of type `general`.
pub(crate) fn is_output_subtype(sub: &Type, general: &Type, merged: &BTreeMap<Name, MergedType>) -> bool {
    let (joined, agreement) = merge_output(&[general, sub], merged);
    agreement != Agreement::Conflict && joined == *general
}

fn fold(types: &[&Type], combine: &dyn Fn(&Type, &Type) -> Option<Type>) -> (Type, Agreement) {
    let Some((first, rest)) = types.split_first() else {
        return (Type::Named(Name::new_static_unchecked("Unknown")), Agreement::Conflict);
    };
    let mut result = (*first).clone();
    let mut agreement = Agreement::Same;
    for ty in rest {
        if **ty == result {
            continue;
        }
        match combine(&result, ty) {
            Some(combined) => {
                result = combined;
                agreement = Agreement::Compatible;
            }
            None => return (result, Agreement::Conflict),
        }
    }
    (result, agreement)
}

fn join(a: &Type, b: &Type, named: &dyn Fn(&Name, &Name) -> Option<Name>) -> Option<Type> {
    let joined = match (a, b) {
        (Type::List(a) | Type::NonNullList(a), Type::List(b) | Type::NonNullList(b)) => {
            join(a, b, named)?.list()
        }
        (Type::Named(a) | Type::NonNullNamed(a), Type::Named(b) | Type::NonNullNamed(b)) => {
            Type::Named(named(a, b)?)
        }
        _ => return None,
    };
    Some(if a.is_non_null() && b.is_non_null() { joined.non_null() } else { joined })
}

fn meet(a: &Type, b: &Type) -> Option<Type> {
    let met = match (a, b) {
        (Type::List(a) | Type::NonNullList(a), Type::List(b) | Type::NonNullList(b)) => meet(a, b)?.list(),
        (Type::Named(a) | Type::NonNullNamed(a), Type::Named(b) | Type::NonNullNamed(b)) => {
            (a == b).then(|| Type::Named(a.clone()))?
        }
        _ => return None,
    };
    Some(if a.is_non_null() || b.is_non_null() { met.non_null() } else { met })
}

/// Whether every object of type `sub` is of type `general` in the merged schema.
pub(crate) fn is_subtype(sub: &Name, general: &Name, merged: &BTreeMap<Name, MergedType>) -> bool {
    if sub == general {
        return true;
    }
    match (merged.get(sub), merged.get(general)) {
        (Some(sub), Some(general)) => match general.kind {
            TypeKind::Interface => sub.implements.contains_key(&general.name),
            TypeKind::Union => general.members.contains_key(&sub.name),
            _ => false,
        },
        _ => false,
    }
}
