//! Which element of a subgraph's schema a place belongs to.

use std::collections::BTreeMap;

use apollo_compiler::Name;
use apollo_compiler::ast::{Definition, Document};
use apollo_compiler::parser::{SourceMap, SourceSpan};

use super::SubgraphSdl;
use super::diagnostic::Location;

/// A type, or a member of it (field, input field or enum value), by their names in the supergraph.
pub(crate) type Element = (Name, Option<Name>);

/// The extents of all elements; a schema is read for them when something was found in it.
pub(crate) struct Extents<'a> {
    inputs: &'a [SubgraphSdl],
    by_subgraph: BTreeMap<String, Elements>,
}

/// The elements of one schema, with the text each takes up.
pub(crate) struct Elements(Vec<Extent>);

/// Line and column, counted from 1.
type Position = (usize, usize);

struct Extent {
    start: Position,
    end: Position,
    element: Element,
}

impl<'a> Extents<'a> {
    pub(crate) fn new(inputs: &'a [SubgraphSdl]) -> Self {
        Self { inputs, by_subgraph: BTreeMap::new() }
    }

    /// The element that a place is in, a member rather than its type; `None` outside of types.
    pub(crate) fn element_at(&mut self, place: &Location) -> Option<Element> {
        if !self.by_subgraph.contains_key(&place.subgraph) {
            let input = self.inputs.iter().find(|input| input.name == place.subgraph)?;
            self.by_subgraph.insert(place.subgraph.clone(), Elements::of(&input.sdl));
        }
        self.by_subgraph[&place.subgraph].at((place.line, place.column))
    }
}

impl Elements {
    pub(crate) fn of(sdl: &str) -> Self {
        Self(extents(sdl))
    }

    /// The element that a position is in, a member rather than its type; `None` outside of types.
    pub(crate) fn at(&self, position: Position) -> Option<Element> {
        let around = self.0.iter().filter(|extent| extent.start <= position && position < extent.end);
        around.max_by_key(|extent| extent.element.1.is_some()).map(|extent| extent.element.clone())
    }
}

fn extents(sdl: &str) -> Vec<Extent> {
    let sdl = sdl.strip_prefix('\u{feff}').unwrap_or(sdl);
    // What could not be parsed was reported; nothing else is said of it.
    let Ok(document) = Document::parse(sdl, "subgraph.graphql") else { return Vec::new() };
    let renamed = default_root_names(&document);
    let mut reader = Reader { sources: &document.sources, found: Vec::new() };
    for definition in &document.definitions {
        let Some(name) = definition.name().filter(|_| definition.as_directive_definition().is_none()) else {
            continue;
        };
        let ty = renamed.get(name).unwrap_or(name);
        reader.add(definition.location(), ty, None);
        for (member, span) in members(definition) {
            reader.add(span, ty, Some(member));
        }
    }
    reader.found
}

struct Reader<'a> {
    sources: &'a SourceMap,
    found: Vec<Extent>,
}

impl Reader<'_> {
    fn add(&mut self, span: Option<SourceSpan>, ty: &Name, member: Option<&Name>) {
        let Some(span) = span else { return };
        let Some(start) = span.line_column(self.sources) else { return };
        // The last definition may end where the text does.
        let end = span
            .line_column_range(self.sources)
            .map_or((usize::MAX, 0), |range| (range.end.line, range.end.column));
        let element = (ty.clone(), member.cloned());
        self.found.push(Extent { start: (start.line, start.column), end, element });
    }
}

/// Local names of root types to the names they have in the supergraph.
fn default_root_names(document: &Document) -> BTreeMap<Name, Name> {
    let roots = document.definitions.iter().flat_map(|definition| match definition {
        Definition::SchemaDefinition(schema) => schema.root_operations.as_slice(),
        Definition::SchemaExtension(schema) => schema.root_operations.as_slice(),
        _ => &[],
    });
    roots.map(|root| (root.1.clone(), root.0.default_type_name())).collect()
}

fn members(definition: &Definition) -> Vec<(&Name, Option<SourceSpan>)> {
    let (fields, inputs, values) = match definition {
        Definition::ObjectTypeDefinition(ty) => (ty.fields.as_slice(), [].as_slice(), [].as_slice()),
        Definition::ObjectTypeExtension(ty) => (ty.fields.as_slice(), [].as_slice(), [].as_slice()),
        Definition::InterfaceTypeDefinition(ty) => (ty.fields.as_slice(), [].as_slice(), [].as_slice()),
        Definition::InterfaceTypeExtension(ty) => (ty.fields.as_slice(), [].as_slice(), [].as_slice()),
        Definition::InputObjectTypeDefinition(ty) => ([].as_slice(), ty.fields.as_slice(), [].as_slice()),
        Definition::InputObjectTypeExtension(ty) => ([].as_slice(), ty.fields.as_slice(), [].as_slice()),
        Definition::EnumTypeDefinition(ty) => ([].as_slice(), [].as_slice(), ty.values.as_slice()),
        Definition::EnumTypeExtension(ty) => ([].as_slice(), [].as_slice(), ty.values.as_slice()),
        _ => return Vec::new(),
    };
    let fields = fields.iter().map(|field| (&field.name, field.location()));
    let inputs = inputs.iter().map(|input| (&input.name, input.location()));
    let values = values.iter().map(|value| (&value.value, value.location()));
    fields.chain(inputs).chain(values).collect()
}
