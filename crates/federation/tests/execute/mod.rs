//! Requests through the whole engine, against subgraphs that are real GraphQL servers over test data.
//!
//! One folder per case under `tests/cases/execute/<behaviour>/`: `NAME.graphql` is the schema of subgraph NAME,
//! `query.graphql` the request (a first line `# operation: Name` names the operation, a line `# holds: ..` says what
//! the caller holds), `variables.json` its
//! variables if any, `data.json` the data (see [`data`]), and `outcome.snap` what is expected: the requests
//! subgraphs get and the answer. A behaviour's folder serves the schemas and data that its cases lack.
//!
//! Whatever a snapshot says, an answer without errors must be the one a single server with all the data gives,
//! and in-process subgraphs must give the same bytes as those that answer JSON text.

mod data;
mod engine;
mod random;
mod server;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::plan::query_plan::OperationKind;
use federation::{Config, Engine, Outcome, Permissions, Request, Response};

use self::data::Data;
use self::server::{Mode, Servers};

/// A case's file, or its behaviour's.
fn file(case: &Path, name: &str) -> Option<String> {
    let folders = [Some(case), case.parent()];
    folders.into_iter().flatten().find_map(|folder| std::fs::read_to_string(folder.join(name)).ok())
}

/// The subgraphs of a case, or of its behaviour.
fn subgraphs(case: &Path) -> Vec<SubgraphSdl> {
    let own = subgraphs_of(case);
    if own.is_empty() { subgraphs_of(case.parent().expect("a behaviour")) } else { own }
}

fn subgraphs_of(folder: &Path) -> Vec<SubgraphSdl> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_schema = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "graphql") && !path.ends_with("query.graphql")
    };
    let mut paths: Vec<_> = entries.filter(is_schema).collect();
    paths.sort();
    let subgraph = |path: PathBuf| SubgraphSdl {
        name: path.file_stem().expect("a name").to_str().expect("a text").to_owned(),
        url: String::new(),
        sdl: std::fs::read_to_string(&path).expect("a schema"),
    };
    paths.into_iter().map(subgraph).collect()
}

/// What the caller of a case holds: a line `# holds: authenticated, scope NAME, policy NAME`.
fn permissions(query: &str) -> Permissions {
    let mut permissions = Permissions::default();
    let held = query.lines().find_map(|line| line.strip_prefix("# holds: ")).unwrap_or_default();
    for name in held.split(", ").filter(|name| !name.is_empty()) {
        match name.split_once(' ') {
            Some(("scope", scope)) => _ = permissions.scopes.insert(scope.into()),
            Some(("policy", policy)) => _ = permissions.policies.insert(policy.into()),
            _ => permissions.authenticated |= name == "authenticated",
        }
    }
    permissions
}

/// The answer; several for a subscription.
fn run(engine: &Arc<Engine>, case: &Path) -> Vec<Response> {
    let query = file(case, "query.graphql").expect("a query");
    let operation_name = query.lines().next().and_then(|line| line.strip_prefix("# operation: "));
    let request = Request {
        operation_name: operation_name.map(str::to_owned),
        variables: file(case, "variables.json").map(Bytes::from).unwrap_or_default(),
        introspection: true,
        permissions: permissions(&query),
        ..Request::new(query.clone())
    };
    match engine.prepare(&request) {
        Ok(prepared) if prepared.kind() == OperationKind::Subscription => {
            let events = futures::executor::block_on(engine.clone().subscribe(prepared));
            events.map_or_else(
                |refusal| vec![refusal],
                |events| futures::executor::block_on_stream(events).collect(),
            )
        }
        _ => vec![futures::executor::block_on(engine.execute(request))],
    }
}

fn outcome(case: &Path) -> String {
    let subgraphs = subgraphs(case);
    let composition = compose(&subgraphs).unwrap_or_else(|errors| panic!("{}: {errors:?}", case.display()));
    let data = Data::parse(&file(case, "data.json").expect("data"));
    let with = |mode| {
        let servers = Arc::new(Servers::new(&subgraphs, &composition.supergraph_sdl, data.clone(), mode));
        let engine = Engine::from_supergraph(&composition.supergraph_sdl, servers.clone(), Config::default());
        let engine = Arc::new(engine.expect("composition gives what the engine reads"));
        (run(&engine, case), servers.requests(), engine)
    };
    let (responses, requests, engine) = with(Mode::Json);
    let (in_process, same_requests, _) = with(Mode::Values);
    let bodies =
        |responses: &[Response]| -> Vec<Bytes> { responses.iter().map(|one| one.body.clone()).collect() };
    assert_eq!(bodies(&responses), bodies(&in_process), "{}: in-process subgraphs", case.display());
    assert_eq!(requests, same_requests, "{}: in-process subgraphs", case.display());
    let bodies =
        responses.iter().map(|response| std::str::from_utf8(&response.body).expect("answers are text"));
    if let [Response { body, outcome: Outcome::Executed, errors: 0 }] = responses.as_slice() {
        let variables = file(case, "variables.json").unwrap_or_else(|| "{}".to_owned());
        let query = file(case, "query.graphql").expect("a query");
        let single = server::answer_alone(engine.graph().api_schema(), &data, &query, &variables);
        let answer: serde_json::Value = serde_json::from_slice(body).expect("answers are JSON");
        assert_eq!(answer["data"], single, "{}: a single server answers otherwise", case.display());
    }
    let mut text = String::new();
    for request in requests {
        writeln!(text, "{request}").expect("writing to a string");
    }
    for body in bodies {
        write!(text, "\n{}", readable(body)).expect("writing to a string");
    }
    text
}

/// One line for `data`, one for each error, all bytes kept.
fn readable(body: &str) -> String {
    body.replace(r#","errors":["#, "\n,\"errors\":[\n ").replace(r#"},{"message""#, "}\n,{\"message\"")
}

fn check(behaviour: &str) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/execute").join(behaviour);
    insta::glob!(&cases, "*/query.graphql", |query| {
        let case = query.parent().expect("a folder");
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            omit_expression => true,
        }, { insta::assert_snapshot!("outcome", outcome(case)) });
    });
}

macro_rules! behaviours {
    ($($behaviour:ident),* $(,)?) => {$(
        #[test]
        fn $behaviour() {
            check(stringify!($behaviour));
        }
    )*};
}

behaviours! {
    abstract_types,
    access,
    entities,
    errors,
    interface_objects,
    introspection,
    lists,
    mutations,
    nulls,
    requires,
    shared_values,
    subscriptions,
    variables,
}
