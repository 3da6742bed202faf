//! Columns: their names, and their types as the schema says.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;

use crate::config::ScalarKind;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Snake case, unique in its table.
    pub(crate) name: String,
    pub(crate) ty: ColumnType,
    /// The field's type in the schema.
    pub(crate) graphql_type: String,
    /// What the schema says of the field.
    pub(crate) description: Option<String>,
}

/// What the cells of a column are. Every cell may be null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Boolean,
    /// 32 bits, signed.
    Int,
    /// 64 bits, signed.
    Long,
    /// 64 bits.
    Float,
    Text,
    /// A text out of these, in the schema's order.
    Enum(Arc<[Arc<str>]>),
    /// A calendar day.
    Date,
    /// An instant, to the microsecond, in UTC.
    Timestamp,
    /// JSON of lists and of scalars the gateway knows nothing of.
    Json,
}

impl ColumnType {
    /// A word for people.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int => "int32",
            Self::Long => "int64",
            Self::Float => "float64",
            Self::Text => "text",
            Self::Enum(_) => "text (enum)",
            Self::Date => "date",
            Self::Timestamp => "timestamp (UTC)",
            Self::Json => "JSON",
        }
    }
}

/// How custom scalars become columns.
pub(crate) type Scalars = BTreeMap<String, ScalarKind>;

/// The type of a leaf field's column; `lists` is whether it is a list of leaves.
pub(super) fn type_of(schema: &Schema, named: &str, lists: bool, scalars: &Scalars) -> ColumnType {
    if lists {
        return ColumnType::Json;
    }
    match (named, schema.types.get(named)) {
        ("Int", _) => ColumnType::Int,
        ("Float", _) => ColumnType::Float,
        ("Boolean", _) => ColumnType::Boolean,
        ("String" | "ID", _) => ColumnType::Text,
        (_, Some(ExtendedType::Enum(definition))) => {
            ColumnType::Enum(definition.values.keys().map(|value| Arc::from(value.as_str())).collect())
        }
        (name, _) => match scalars.get(name) {
            Some(ScalarKind::Date) => ColumnType::Date,
            Some(ScalarKind::Timestamp) => ColumnType::Timestamp,
            Some(ScalarKind::Int64) => ColumnType::Long,
            Some(ScalarKind::Float64) => ColumnType::Float,
            Some(ScalarKind::Text) => ColumnType::Text,
            Some(ScalarKind::Json) | None => ColumnType::Json,
        },
    }
}

/// `amountMinor` to `amount_minor`, `URLPath` to `url_path`, `__typename` to `typename`.
pub(super) fn snake_case(key: &str) -> String {
    let characters: Vec<char> = key.trim_matches('_').chars().collect();
    let mut name = String::with_capacity(key.len() + 4);
    for (index, character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(index + 1);
        let starts_word = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before != '_' && (!before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase))
            });
        if starts_word {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_are_snake_case() {
        let cases = [
            ("name", "name"),
            ("amountMinor", "amount_minor"),
            ("URLPath", "url_path"),
            ("nextURL", "next_url"),
            ("__typename", "typename"),
            ("already_snake", "already_snake"),
            ("last30Days", "last30_days"),
            ("A", "a"),
        ];
        for (key, expected) in cases {
            assert_eq!(snake_case(key), expected, "{key}");
        }
    }
}
