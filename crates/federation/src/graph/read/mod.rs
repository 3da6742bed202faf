//! Reading a supergraph document into tables.

mod access;
mod api;
mod contexts;
mod elements;
mod federation_1;
mod field_set;
mod fields;
mod links;
mod metadata;
mod names;
mod possible;
#[cfg(test)]
mod tests;
mod type_reference;
mod types;

use std::sync::Arc;

use ahash::AHashMap;
use apollo_compiler::Schema;
use apollo_compiler::ast::{Directive, DirectiveList, Type as AstType, Value};
use apollo_compiler::schema::ExtendedType;

pub(super) use self::elements::Elements;
use self::links::{Links, text};
use self::names::Names;
use super::contract::OUTSIDE;
use super::lookup::Graph;
use super::tables::{Enum, Field, FieldSet, Subgraph, Type};
use super::{Access, CacheHints, FieldSetId, GraphError, LabelId, SubgraphId, SubgraphSet, TypeId, Wrapping};
use crate::syntax::placed_problem;

/// The newest join version that is understood.
const NEWEST_JOIN: (u32, u32) = (0, 5);

/// See [`Graph::from_sdl`].
pub(super) fn read(supergraph_sdl: &str) -> Result<Graph, Vec<GraphError>> {
    // A byte order mark is ignored by the grammar, but not by the parser.
    let sdl = supergraph_sdl.strip_prefix('\u{feff}').unwrap_or(supergraph_sdl);
    let schema = Schema::builder()
        .adopt_orphan_extensions()
        .ignore_builtin_redefinitions()
        .parse(sdl, "supergraph.graphql")
        .build()
        .map_err(|invalid| {
            invalid.errors.iter().map(|e| GraphError::Invalid(placed_problem(&e))).collect::<Vec<_>>()
        })?;
    read_schema(&schema)
}

/// The tables of a schema that was parsed already.
pub(super) fn read_schema(schema: &Schema) -> Result<Graph, Vec<GraphError>> {
    let mut errors = Vec::new();
    let links = Links::read(schema, &mut errors);
    let version = links.join_version().ok_or_else(|| vec![GraphError::NotASupergraph])?;
    if version < (0, 1) || version > NEWEST_JOIN {
        errors.push(GraphError::UnsupportedJoin(format!("v{}.{}", version.0, version.1)));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let names = Names::new(&links);
    let api_schema = api::api_schema(schema, &links, &names)?;
    let mut reader = Reader::new(schema, names);
    reader.read_subgraphs()?;
    reader.read_types(&links);
    reader.read_contexts();
    reader.read_fields();
    reader.relate_types();
    reader.parse_field_sets();
    reader.complete_federation_1();
    reader.relate_fields();
    reader.hand_down_access();
    reader.finish(api_schema)
}

/// The tables while they are filled.
struct Reader<'a> {
    schema: &'a Schema,
    names: Names,
    /// Whether every subgraph that has a type knows all interfaces it implements.
    implements_unsaid: bool,
    subgraphs: Vec<Subgraph>,
    /// By name of the `join__Graph` value.
    graph_values: AHashMap<String, SubgraphId>,
    types: Vec<Type>,
    type_ids: AHashMap<Arc<str>, TypeId>,
    objects: Vec<TypeId>,
    fields: Vec<Field>,
    enums: Vec<Enum>,
    field_sets: Vec<FieldSet>,
    /// Texts of `field_sets`, with the place that wrote them.
    pending: Vec<(String, String)>,
    field_set_ids: AHashMap<(TypeId, String), FieldSetId>,
    access: Vec<Access>,
    /// By context, the types that set it.
    contexts: AHashMap<String, Vec<TypeId>>,
    labels: Vec<Arc<str>>,
    errors: Vec<GraphError>,
}

impl<'a> Reader<'a> {
    fn new(schema: &'a Schema, names: Names) -> Self {
        // Federation 1 did not say which subgraph knows that a type implements an interface.
        let implements = names.implements.as_str();
        let implements_unsaid = !schema.directive_definitions.contains_key(implements)
            && schema.types.values().all(|ty| !ty.directives().has(implements));
        Self {
            schema,
            names,
            implements_unsaid,
            subgraphs: Vec::new(),
            graph_values: AHashMap::new(),
            types: Vec::new(),
            type_ids: AHashMap::new(),
            objects: Vec::new(),
            fields: Vec::new(),
            enums: Vec::new(),
            field_sets: Vec::new(),
            pending: Vec::new(),
            field_set_ids: AHashMap::new(),
            access: Vec::new(),
            contexts: AHashMap::new(),
            labels: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn read_subgraphs(&mut self) -> Result<(), Vec<GraphError>> {
        let Some(ExtendedType::Enum(graphs)) = self.schema.types.get(self.names.graph_enum.as_str()) else {
            return Err(vec![GraphError::NotASupergraph]);
        };
        let mut rows: Vec<(String, Subgraph)> = graphs
            .values
            .values()
            .map(|value| {
                let declared = value.directives.get(&self.names.graph);
                let name = declared.and_then(|directive| text(directive, "name"));
                let url = declared.and_then(|directive| text(directive, "url")).unwrap_or_default();
                let row = Subgraph {
                    name: name.unwrap_or_else(|| value.value.to_string()).into(),
                    url: url.into(),
                };
                (value.value.to_string(), row)
            })
            .collect();
        if rows.len() > SubgraphSet::MAX {
            return Err(vec![GraphError::TooManySubgraphs(rows.len())]);
        }
        rows.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        for (index, (value, row)) in rows.into_iter().enumerate() {
            self.graph_values.insert(value, SubgraphId::from(index));
            self.subgraphs.push(row);
        }
        Ok(())
    }

    fn all_subgraphs(&self) -> SubgraphSet {
        (0..self.subgraphs.len()).map(SubgraphId::from).collect()
    }

    /// The subgraph an argument named `graph` refers to; `None` when there is no such argument.
    fn graph_of(&mut self, directive: &Directive, coordinate: &str) -> Option<SubgraphId> {
        let Value::Enum(value) = &**directive.specified_argument_by_name("graph")? else { return None };
        let found = self.graph_values.get(value.as_str()).copied();
        if found.is_none() {
            self.unknown(coordinate, value.as_str());
        }
        found
    }

    /// The subgraph of a directive that must name one.
    fn required_graph_of(&mut self, directive: &Directive, coordinate: &str) -> Option<SubgraphId> {
        if directive.specified_argument_by_name("graph").is_none() {
            self.malformed(coordinate, format!("`@{}` without `graph`", directive.name));
        }
        self.graph_of(directive, coordinate)
    }

    fn unknown(&mut self, coordinate: &str, name: impl Into<String>) {
        self.errors.push(GraphError::Unknown { coordinate: coordinate.to_owned(), name: name.into() });
    }

    fn malformed(&mut self, coordinate: &str, problem: String) {
        self.errors.push(GraphError::Malformed { coordinate: coordinate.to_owned(), problem });
    }

    /// Registers the text of a field set; it is parsed once all fields are known.
    fn field_set(&mut self, parent: TypeId, text: &str, coordinate: &str) -> FieldSetId {
        if let Some(id) = self.field_set_ids.get(&(parent, text.to_owned())) {
            return *id;
        }
        let id = FieldSetId::from(self.field_sets.len());
        self.field_sets.push(FieldSet { parent, selections: Vec::new() });
        self.pending.push((text.to_owned(), coordinate.to_owned()));
        self.field_set_ids.insert((parent, text.to_owned()), id);
        id
    }

    fn label(&mut self, label: &str) -> LabelId {
        let known = self.labels.iter().position(|known| &**known == label);
        LabelId::from(known.unwrap_or_else(|| {
            self.labels.push(label.into());
            self.labels.len() - 1
        }))
    }

    /// The named type and the wrapping of a type reference.
    fn type_reference(&mut self, ty: &AstType, coordinate: &str) -> Option<(TypeId, Wrapping)> {
        let name = ty.inner_named_type();
        let Some(id) = self.type_ids.get(name.as_str()).copied() else {
            self.unknown(coordinate, name.as_str());
            return None;
        };
        let wrapping = wrapping(ty);
        if wrapping.is_none() {
            self.malformed(coordinate, format!("more than {} list levels in `{ty}`", Wrapping::MAX_LISTS));
        }
        Some((id, wrapping?))
    }

    fn input_costs(&self) -> AHashMap<(TypeId, Arc<str>), i32> {
        let mut costs = AHashMap::new();
        for (name, ty) in &self.schema.types {
            let (ExtendedType::InputObject(input), Some(id)) = (ty, self.type_ids.get(name.as_str())) else {
                continue;
            };
            for (field, definition) in &input.fields {
                if let Some(cost) = metadata::read(&definition.directives, &self.names).cost {
                    costs.insert((*id, Arc::from(field.as_str())), cost);
                }
            }
        }
        costs
    }

    fn is_visible(&self, directives: &DirectiveList) -> bool {
        !(directives.has(&self.names.inaccessible) || directives.has(OUTSIDE))
    }

    fn finish(
        self,
        api_schema: apollo_compiler::validation::Valid<Schema>,
    ) -> Result<Graph, Vec<GraphError>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let input_costs = self.input_costs();
        let definition = &self.schema.schema_definition;
        let roots = [&definition.query, &definition.mutation, &definition.subscription]
            .map(|root| root.as_ref().and_then(|name| self.type_ids.get(name.as_str()).copied()));
        Ok(Graph {
            source: Arc::new(self.schema.clone()),
            api_schema: Arc::new(api_schema),
            subgraphs: self.subgraphs,
            types: self.types,
            type_ids: self.type_ids,
            objects: self.objects,
            fields: self.fields,
            enums: self.enums,
            field_sets: self.field_sets,
            access: self.access,
            labels: self.labels,
            input_costs,
            roots,
            cache_hints: CacheHints::read(self.schema),
        })
    }
}

fn wrapping(ty: &AstType) -> Option<Wrapping> {
    match ty {
        AstType::Named(_) => Some(Wrapping::named(false)),
        AstType::NonNullNamed(_) => Some(Wrapping::named(true)),
        AstType::List(item) => wrapping(item)?.in_list(false),
        AstType::NonNullList(item) => wrapping(item)?.in_list(true),
    }
}
