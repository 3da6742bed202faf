//! "Did you mean" for names that a schema does not have.
//!
//! Candidates come from the API schema only, so a suggestion never names what clients may not see.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;

/// The candidate most like `name`, if any is close enough to be a slip of the pen.
pub(super) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let furthest = (name.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    candidates
        .filter(|candidate| {
            !candidate.starts_with("__") && candidate.len().abs_diff(name.len()) <= furthest * 4
        })
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= furthest)
        .min()
        .map(|(_, candidate)| candidate)
}

/// ``; did you mean `x`?`` or nothing.
pub(super) fn hint<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    closest(name, candidates).map_or_else(String::new, |found| format!("; did you mean `{found}`?"))
}

/// The hint for a diagnostic of the compiler, which keeps the names it is about in its message only.
pub(super) fn for_message(schema: &Schema, message: &str) -> String {
    // Longer names are no slip of the pen, and comparing them is quadratic.
    const LONGEST: usize = 64;
    let parts: Vec<&str> = message.split('`').collect();
    if parts.iter().any(|part| part.len() > LONGEST) {
        return String::new();
    }
    match parts.as_slice() {
        ["type ", owner, " does not have a field ", name, ..] => {
            hint(name, fields(schema, owner).into_iter())
        }
        ["field ", name, " does not exist on ", owner, ..] => hint(name, fields(schema, owner).into_iter()),
        ["value ", name, " does not exist on ", owner, ..] => hint(name, values(schema, owner).into_iter()),
        ["the argument ", name, " is not supported by ", coordinate, ..] => {
            hint(name, arguments(schema, coordinate).into_iter())
        }
        ["cannot find type " | "type condition ", name, ..] => {
            hint(name, schema.types.keys().map(|name| name.as_str()))
        }
        ["cannot find directive ", name, ..] => {
            let name = name.trim_start_matches('@');
            hint(name, schema.directive_definitions.keys().map(|name| name.as_str()))
        }
        _ => String::new(),
    }
}

fn fields<'a>(schema: &'a Schema, owner: &str) -> Vec<&'a str> {
    match schema.types.get(owner) {
        Some(ExtendedType::Object(ty)) => ty.fields.keys().map(|name| name.as_str()).collect(),
        Some(ExtendedType::Interface(ty)) => ty.fields.keys().map(|name| name.as_str()).collect(),
        Some(ExtendedType::InputObject(ty)) => ty.fields.keys().map(|name| name.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn values<'a>(schema: &'a Schema, owner: &str) -> Vec<&'a str> {
    match schema.types.get(owner) {
        Some(ExtendedType::Enum(ty)) => ty.values.keys().map(|name| name.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Arguments of `Type.field` or `@directive`.
fn arguments<'a>(schema: &'a Schema, coordinate: &str) -> Vec<&'a str> {
    if let Some(directive) = coordinate.strip_prefix('@') {
        let found = schema.directive_definitions.get(directive);
        return found
            .map_or_else(Vec::new, |found| found.arguments.iter().map(|a| a.name.as_str()).collect());
    }
    let Some((owner, field)) = coordinate.split_once('.') else { return Vec::new() };
    match schema.type_field(owner, field) {
        Ok(field) => field.arguments.iter().map(|argument| argument.name.as_str()).collect(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let names = ["revenue", "region", "score", "__typename"];
        let near = |name| closest(name, names.iter().copied());
        assert_eq!(near("revenu"), Some("revenue"));
        assert_eq!(near("Region"), Some("region"));
        assert_eq!(near("sc"), None);
        assert_eq!(near("__typenam"), None);
    }
}
