//! What the tables say of small supergraphs.

use crate::graph::{Graph, GraphError, SubgraphId, SubgraphSet};

const HEAD: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hidden", for: SECURITY)
  @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", { name: "@listSize", as: "@sized" }])
{ query: Query }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @hidden on FIELD_DEFINITION | ENUM_VALUE
directive @cost(weight: Int!) on FIELD_DEFINITION
directive @sized(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { ZETA @join__graph(name: "zeta", url: "http://z") ALPHA @join__graph(name: "alpha", url: "") }
"#;

const BODY: &str = r#"
type Query @join__type(graph: ALPHA) @join__type(graph: ZETA) {
  units: [Unit!]! @join__field(graph: ALPHA) @cost(weight: 7) @sized(assumedSize: 3)
}
interface Unit @join__type(graph: ALPHA, key: "id") @join__type(graph: ZETA, key: "id", isInterfaceObject: true) {
  id: ID!
  name: String @join__field(graph: ALPHA)
  score: Int @join__field(graph: ZETA, requires: "name")
}
type Region implements Unit @join__implements(graph: ALPHA, interface: "Unit") @join__type(graph: ALPHA, key: "id") {
  id: ID!
  name: String @join__field(graph: ALPHA)
  score: Int @join__field
  code: String @hidden
  status: Status @join__field(graph: ALPHA, override: "zeta", overrideLabel: "percent(5)") @join__field(graph: ZETA, overrideLabel: "percent(5)")
}
enum Status @join__type(graph: ALPHA) { OPEN SECRET @hidden }
"#;

fn graph() -> Graph {
    Graph::from_sdl(&format!("{HEAD}{BODY}")).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn subgraphs_are_ordered_by_name() {
    let graph = graph();
    let names: Vec<_> = graph.subgraphs().iter().map(|subgraph| (&*subgraph.name, &*subgraph.url)).collect();
    assert_eq!(names, [("alpha", ""), ("zeta", "http://z")]);
}

#[test]
fn an_interface_object_answers_for_the_implementations() {
    let graph = graph();
    let (alpha, zeta) = (SubgraphId(0), SubgraphId(1));
    let unit = graph.type_id("Unit").unwrap();
    let region = graph.type_id("Region").unwrap();
    assert_eq!(graph.ty(unit).interface_object, SubgraphSet::one(zeta));
    assert_eq!(graph.ty(unit).local(zeta).unwrap().possible, graph.ty(region).possible);
    let score = graph.field(graph.field_id(region, "score").unwrap());
    assert!(score.here.is_empty());
    let of_unit = graph.field_id(unit, "score").unwrap();
    assert_eq!(score.through_interface_object, [(zeta, of_unit)]);
    let requires = graph.field(of_unit).local(zeta).unwrap().requires.unwrap();
    assert_eq!(graph.field_set(requires).selections[0].field, graph.field_id(unit, "name"));
    assert_eq!(graph.field(graph.field_id(region, "id").unwrap()).here, SubgraphSet::one(alpha));
}

#[test]
fn an_override_label_decides_between_two_subgraphs() {
    let graph = graph();
    let status = graph.field_id(graph.type_id("Region").unwrap(), "status").unwrap();
    let label = graph.label("percent(5)").unwrap();
    let labels: Vec<_> = graph.field(status).local.iter().map(|local| local.label).collect();
    assert_eq!(labels, [Some((label, true)), Some((label, false))]);
}

#[test]
fn the_api_schema_hides_machinery_and_inaccessible_elements() {
    let graph = graph();
    let sdl = graph.api_schema().to_string();
    for hidden in ["join__", "link__", "code", "SECRET", "@cost", "@hidden"] {
        assert!(!sdl.contains(hidden), "`{hidden}` is visible in\n{sdl}");
    }
    let status = graph.type_id("Status").unwrap();
    let Some(crate::graph::LeafType::Enum(status)) = graph.leaf_type(status) else { panic!() };
    assert!(graph.is_visible_value(status, "OPEN"));
    assert!(!graph.is_visible_value(status, "SECRET"));
}

#[test]
fn costs_are_kept_under_renamed_imports() {
    let graph = graph();
    let units = graph.field(graph.field_id(graph.type_id("Query").unwrap(), "units").unwrap());
    assert_eq!(units.metadata.cost, Some(7));
    assert_eq!(units.metadata.list_size.as_ref().unwrap().assumed, Some(3));
}

#[test]
fn an_unknown_security_feature_is_refused() {
    let sdl = format!("{HEAD}{BODY}").replace("inaccessible/v0.2", "vault/v0.1");
    let errors = Graph::from_sdl(&sdl).unwrap_err();
    assert_eq!(
        errors,
        [GraphError::UnsupportedFeature {
            url: "https://specs.apollo.dev/vault/v0.1".to_owned(),
            purpose: "SECURITY".to_owned()
        }]
    );
}

#[test]
fn a_subgraph_schema_is_refused() {
    assert_eq!(Graph::from_sdl("type Query { a: Int }").unwrap_err(), [GraphError::NotASupergraph]);
}

#[test]
fn a_field_set_naming_an_unknown_field_is_refused() {
    let sdl = format!("{HEAD}{BODY}").replace("requires: \"name\"", "requires: \"nome\"");
    let errors = Graph::from_sdl(&sdl).unwrap_err();
    assert!(errors[0].to_string().contains("`Unit` has no field `nome`"), "{errors:?}");
}

#[test]
fn a_context_argument_says_where_its_value_comes_from() {
    let argument = r#"{ name: "unit", type: "String!", context: "alpha__region", selection: " { name }" }"#;
    let sdl = format!("{HEAD}{BODY}").replace(
        "usedOverridden: Boolean,",
        "usedOverridden: Boolean, contextArguments: [join__ContextArgument!],",
    );
    let sdl = sdl.replace(
        "score: Int @join__field(graph: ZETA, requires: \"name\")",
        &format!("score: Int @join__field(graph: ZETA, contextArguments: [{argument}])"),
    );
    let unset = Graph::from_sdl(&sdl).unwrap_err();
    assert_eq!(unset[0].to_string(), "`Unit.score` refers to `context alpha__region`, which does not exist");
    let sdl = sdl
        .replace("schema\n", "schema @link(url: \"https://specs.apollo.dev/context/v0.1\", for: SECURITY)\n")
        .replace("type Region", "directive @context(name: String!) on OBJECT\ntype Region")
        .replace(
            "type Region implements Unit",
            "type Region implements Unit @context(name: \"alpha__region\")",
        );
    let graph = Graph::from_sdl(&sdl).unwrap();
    let score = graph.field(graph.field_id(graph.type_id("Unit").unwrap(), "score").unwrap());
    let [read] = score.local(SubgraphId(1)).unwrap().context_arguments.as_slice() else {
        panic!("{score:?}")
    };
    assert_eq!([&*read.name, &*read.ty, &*read.context], ["unit", "String!", "alpha__region"]);
    assert!(read.required);
    let [source] = read.sources.as_slice() else { panic!("{read:?}") };
    let region = graph.type_id("Region").unwrap();
    assert_eq!(source.ty, region);
    assert_eq!(graph.field_set(source.selection).selections[0].field, graph.field_id(region, "name"));
}

#[test]
fn rules_of_interfaces_are_those_of_their_implementations() {
    let sdl = format!("{HEAD}{BODY}")
        .replace(
            "schema\n",
            "schema @link(url: \"https://specs.apollo.dev/authenticated/v0.1\", for: SECURITY) \
             @link(url: \"https://specs.apollo.dev/requiresScopes/v0.1\", for: SECURITY)\n",
        )
        .replace(
            "directive @hidden",
            "directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE\n\
             directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE\n\
             directive @hidden",
        )
        .replace(
            "  score: Int @join__field(graph: ZETA,",
            "  score: Int @authenticated @join__field(graph: ZETA,",
        )
        .replace(
            "  name: String @join__field(graph: ALPHA)\n",
            "  name: String @requiresScopes(scopes: [[\"a\", \"b\"]]) @join__field(graph: ALPHA)\n",
        )
        .replace(
            "scopes: [[\"a\", \"b\"]]) @join__field(graph: ALPHA)\n  score: Int @join__field\n",
            "scopes: [[\"a\"]]) @join__field(graph: ALPHA)\n  score: Int @join__field\n",
        );
    let graph = Graph::from_sdl(&sdl).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let (unit, region) = (graph.type_id("Unit").unwrap(), graph.type_id("Region").unwrap());
    let access =
        |ty, field| graph.field(graph.field_id(ty, field).unwrap()).access.map(|id| graph.access(id));
    assert_eq!((access(unit, "name"), access(unit, "score")), (None, None));
    // The interface's own is handed down; what implementations together demand is not.
    assert!(access(region, "score").unwrap().authenticated);
    let scopes = access(region, "name").unwrap().scopes.as_ref().unwrap();
    assert!(scopes.are_met(|scope| scope == "a"));
}
