//! How long what the schema describes may be kept, as `@cacheControl` says.
//!
//! The directive is no part of federation: it comes to a supergraph by `@composeDirective`. Its meaning is that of
//! <https://www.apollographql.com/docs/apollo-server/performance/caching#in-your-schema-static>.

use ahash::AHashMap;
use apollo_compiler::Schema;
use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::schema::ExtendedType;

/// The directive's name.
pub(crate) const CACHE_CONTROL: &str = "cacheControl";

/// What `@cacheControl` says of a field or of a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheHint {
    /// `maxAge`, in seconds.
    pub max_age: Option<u32>,
    /// `scope`: whether only the caller may keep it.
    pub private: Option<bool>,
    /// `inheritMaxAge`: the field, or a field of the type, may be kept as long as the object it is of.
    pub inherit_max_age: bool,
}

/// All hints of a supergraph.
#[derive(Debug, Default)]
pub struct CacheHints {
    types: AHashMap<String, CacheHint>,
    fields: AHashMap<String, AHashMap<String, CacheHint>>,
}

impl CacheHints {
    pub(super) fn read(supergraph: &Schema) -> Self {
        let mut hints = Self::default();
        if !supergraph.directive_definitions.contains_key(CACHE_CONTROL) {
            return hints;
        }
        for (name, ty) in &supergraph.types {
            if let Some(hint) = hint(ty.directives()) {
                hints.types.insert(name.to_string(), hint);
            }
            let fields = match ty {
                ExtendedType::Object(object) => &object.fields,
                ExtendedType::Interface(interface) => &interface.fields,
                _ => continue,
            };
            let hinted = fields
                .iter()
                .filter_map(|(field, definition)| Some((field.to_string(), hint(&definition.directives)?)));
            let hinted: AHashMap<_, _> = hinted.collect();
            if !hinted.is_empty() {
                hints.fields.insert(name.to_string(), hinted);
            }
        }
        hints
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.fields.is_empty()
    }

    /// The hint of a type.
    pub fn of_type(&self, name: &str) -> Option<CacheHint> {
        self.types.get(name).copied()
    }

    /// The hint of a field.
    pub fn of_field(&self, ty: &str, field: &str) -> Option<CacheHint> {
        self.fields.get(ty)?.get(field).copied()
    }
}

fn hint(directives: &DirectiveList) -> Option<CacheHint> {
    let directive = directives.get(CACHE_CONTROL)?;
    let argument = |name| directive.specified_argument_by_name(name).map(|value| &**value);
    Some(CacheHint {
        // Less than nothing cannot be kept.
        max_age: argument("maxAge").and_then(|value| match value {
            Value::Int(seconds) => Some(seconds.try_to_i32().ok()?.try_into().unwrap_or(0)),
            _ => None,
        }),
        private: argument("scope").and_then(|value| match value {
            Value::Enum(scope) => Some(scope.as_str() == "PRIVATE"),
            Value::String(scope) => Some(scope == "PRIVATE"),
            _ => None,
        }),
        inherit_max_age: matches!(argument("inheritMaxAge"), Some(Value::Boolean(true))),
    })
}
