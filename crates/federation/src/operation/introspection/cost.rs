//! How large the answer to an introspection query may become, estimated before it is made.
//!
//! The schema's graph of types is cyclic, and aliases multiply what is found there. The measure is the query that
//! tools send: an answer may be some times as large as that one's.

use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node, Schema};

/// How many times as large as the usual answer an answer may be.
const TIMES: f64 = 8.0;

/// Small schemas may be asked this many values whatever the usual answer's size.
const LEAST: f64 = 20_000.0;

/// What tools ask.
const USUAL: &str = "{
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) {
        name description args(includeDeprecated: true) { ...Input } type { ...Type } isDeprecated deprecationReason
      }
      inputFields(includeDeprecated: true) { ...Input }
      interfaces { ...Type }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ...Type }
    }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...Input } }
  }
}
fragment Input on __InputValue {
  name description type { ...Type } defaultValue isDeprecated deprecationReason
}
fragment Type on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
}";

/// Sizes of a schema's lists.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    types: f64,
    directives: f64,
    fields: Length,
    arguments: Length,
    inputs: Length,
    values: Length,
    interfaces: Length,
    possible: Length,
    /// The most values an answer may have.
    pub(super) most: f64,
}

/// How long the lists of one kind are.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    average: f64,
    longest: f64,
}

impl Length {
    fn of(lengths: impl Iterator<Item = usize>, among: f64) -> Self {
        let (mut sum, mut longest) = (0, 0);
        for length in lengths {
            sum += length;
            longest = longest.max(length);
        }
        Self { average: sum as f64 / among.max(1.0), longest: longest as f64 }
    }
}

impl Sizes {
    pub(super) fn of(schema: &Valid<Schema>) -> Self {
        let types = schema.types.len() as f64;
        let all = || schema.types.values();
        let fields: Vec<_> = all()
            .flat_map(|ty| match ty {
                ExtendedType::Object(ty) => ty.fields.values().collect::<Vec<_>>(),
                ExtendedType::Interface(ty) => ty.fields.values().collect(),
                _ => Vec::new(),
            })
            .collect();
        let per_type = |length: fn(&ExtendedType) -> usize| Length::of(all().map(length), types);
        let mut sizes = Self {
            types,
            directives: schema.directive_definitions.len() as f64,
            fields: per_type(|ty| match ty {
                ExtendedType::Object(ty) => ty.fields.len(),
                ExtendedType::Interface(ty) => ty.fields.len(),
                _ => 0,
            }),
            arguments: Length::of(fields.iter().map(|field| field.arguments.len()), fields.len() as f64),
            inputs: per_type(|ty| ty.as_input_object().map_or(0, |ty| ty.fields.len())),
            values: per_type(|ty| ty.as_enum().map_or(0, |ty| ty.values.len())),
            interfaces: per_type(|ty| match ty {
                ExtendedType::Object(ty) => ty.implements_interfaces.len(),
                ExtendedType::Interface(ty) => ty.implements_interfaces.len(),
                _ => 0,
            }),
            possible: Length::default(),
            most: LEAST,
        };
        let unions = all().filter_map(|ty| ty.as_union()).map(|ty| ty.members.len());
        let implementers = schema.implementers_map();
        let interfaces = implementers.values().map(|implementers| implementers.objects.len());
        sizes.possible = Length::of(unions.chain(interfaces), types);
        if let Ok(usual) = ExecutableDocument::parse_and_validate(schema, USUAL, "usual.graphql")
            && let Some(operation) = usual.operations.iter().next()
        {
            sizes.most += TIMES * sizes.estimate(&usual, &operation.selection_set);
        }
        sizes
    }

    /// An upper bound of the values in the answer; exact on average for the types listed by `__schema`.
    pub(super) fn estimate(&self, document: &ExecutableDocument, set: &SelectionSet) -> f64 {
        self.set(document, set, 1.0, false)
    }

    /// `listed`: the objects here are all there are of their kind, each once, so that averages apply.
    fn set(&self, document: &ExecutableDocument, set: &SelectionSet, times: f64, listed: bool) -> f64 {
        let below = |selection: &Selection| match selection {
            Selection::Field(field) => self.field(document, field, times, listed),
            Selection::InlineFragment(inline) => self.set(document, &inline.selection_set, times, listed),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.fragment_name);
                fragment.map_or(0.0, |fragment| self.set(document, &fragment.selection_set, times, listed))
            }
        };
        set.selections.iter().map(below).sum()
    }

    fn field(&self, document: &ExecutableDocument, field: &Node<Field>, times: f64, listed: bool) -> f64 {
        let (length, list) = match field.name.as_str() {
            "types" => (Length { average: self.types, longest: self.types }, true),
            "directives" => (Length { average: self.directives, longest: self.directives }, false),
            "fields" => (self.fields, true),
            "args" => (self.arguments, true),
            "inputFields" => (self.inputs, true),
            "enumValues" => (self.values, true),
            // The types named here are not each named once.
            "interfaces" => (self.interfaces, false),
            "possibleTypes" => (self.possible, false),
            _ => (Length { average: 1.0, longest: 1.0 }, false),
        };
        let times_below = times * if listed { length.average } else { length.longest };
        let listed_below = list && (listed || field.name == "types");
        let below = field.selection_set.as_ref();
        times + below.map_or(0.0, |set| self.set(document, set, times_below, listed_below))
    }
}
