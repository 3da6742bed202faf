//! Type references written as text in arguments of the `join` specification (GraphQL, section 3.4.1).

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

/// No list is nested deeper.
const MAX_DEPTH: usize = 32;

/// The type that a text names, such as `[Product!]!`; `None` if it names none.
pub(super) fn parse(text: &str) -> Option<Type> {
    let (ty, rest) = reference(text, 0)?;
    rest.trim_start().is_empty().then_some(ty)
}

/// A reference at the beginning of a text, and what follows it.
fn reference(text: &str, depth: usize) -> Option<(Type, &str)> {
    let text = text.trim_start();
    let (ty, rest) = match text.strip_prefix('[') {
        Some(inner) if depth < MAX_DEPTH => {
            let (item, rest) = reference(inner, depth + 1)?;
            (item.list(), rest.trim_start().strip_prefix(']')?)
        }
        Some(_) => return None,
        None => {
            let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
            (Type::Named(Name::new(&text[..end]).ok()?), &text[end..])
        }
    };
    Some(match rest.trim_start().strip_prefix('!') {
        Some(rest) => (ty.non_null(), rest),
        None => (ty, rest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_they_are_written() {
        for text in ["A", "A!", "[A]", "[A!]!", "[[A]!]"] {
            assert_eq!(parse(text).map(|ty| ty.to_string()).as_deref(), Some(text));
        }
        assert_eq!(parse(" [ A ! ] ").map(|ty| ty.to_string()).as_deref(), Some("[A!]"));
    }

    #[test]
    fn what_is_no_reference_is_none() {
        let deep = format!("{}A{}", "[".repeat(1000), "]".repeat(1000));
        for text in ["", "!", "[A", "A]", "A!!", "A B", "[]", "1A", "[A]]", "é", "\u{1}\0\0o", &deep] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
