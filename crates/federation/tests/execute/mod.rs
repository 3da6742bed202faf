//! Requests through the whole engine, against subgraphs that are real GraphQL servers over test data.
//!
//! One folder per case, in any depth below the folder of its theme, `tests/cases/execute/<theme>`: `NAME.graphql` is
//! the schema of subgraph NAME, `query.graphql` the request, `variables.json` its variables if any, `data.json` the
//! data (see [`data`]). What a case lacks it takes from the folder around it. Expected are `plan.snap`, the plan as
//! people read it, and `outcome.snap`, the requests subgraphs get and the answer. A `supergraph.graphql` stands for
//! what another composition made of the schemas, perhaps something that ours would refuse.
//!
//! The first lines of a request may say `# operation: NAME` (which operation to run), `# labels: A, B` (the override
//! labels that are set), `# holds: ..` (what the caller holds), `# down: A, B TEXT` (which subgraphs cannot be reached,
//! perhaps only by requests that contain a text), `# takes: payloads` (that the answer may come in several),
//! `# unlike a single server: REASON`.
//!
//! Whatever a snapshot says, an answer without errors must be the one a single server with all the data gives
//! (unless the request says why not), and in-process subgraphs must give the same bytes as those that answer JSON
//! text.

mod contexts;
mod data;
pub(crate) mod deferred;
mod engine;
mod events;
mod held;
mod hot_plans;
mod numbers;
mod random;
pub(crate) mod server;
mod shared_runs;
mod sharing;
mod whole;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::execute::DeferFormat;
use federation::plan::print;
use federation::plan::query_plan::OperationKind;
use federation::{Config, Engine, Outcome, Permissions, Request, Response};

use self::data::Data;
use self::server::{Mode, Servers};

fn themes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/execute")
}

/// A case's folder and those around it, up to its theme's.
fn folders(case: &Path) -> impl Iterator<Item = &Path> {
    let themes = themes();
    case.ancestors().take_while(move |folder| **folder != *themes)
}

/// A case's file, or that of a folder around it.
fn file(case: &Path, name: &str) -> Option<String> {
    folders(case).find_map(|folder| std::fs::read_to_string(folder.join(name)).ok())
}

/// The subgraphs of a case, or of a folder around it.
fn subgraphs(case: &Path) -> Vec<SubgraphSdl> {
    let found = folders(case).map(subgraphs_of).find(|subgraphs| !subgraphs.is_empty());
    found.unwrap_or_else(|| panic!("{}: no subgraphs", case.display()))
}

fn subgraphs_of(folder: &Path) -> Vec<SubgraphSdl> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_schema = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "graphql")
            && !path.ends_with("query.graphql")
            && !path.ends_with("supergraph.graphql")
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
    let held = remark(query, "holds").unwrap_or_default();
    for name in held.split(", ").filter(|name| !name.is_empty()) {
        match name.split_once(' ') {
            Some(("scope", scope)) => _ = permissions.scopes.insert(scope.into()),
            Some(("policy", policy)) => _ = permissions.policies.insert(policy.into()),
            _ => permissions.authenticated |= name == "authenticated",
        }
    }
    permissions
}

/// What the first lines of a request say about a key.
fn remark<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    let remarks = query.lines().map_while(|line| line.strip_prefix("# "));
    remarks
        .filter_map(|remark| remark.split_once(": "))
        .find(|(known, _)| *known == key)
        .map(|(_, said)| said)
}

fn request(case: &Path) -> Request {
    let query = file(case, "query.graphql").expect("a query");
    Request {
        operation_name: remark(&query, "operation").map(str::to_owned),
        variables: file(case, "variables.json").map(Bytes::from).unwrap_or_default(),
        introspection: true,
        permissions: permissions(&query),
        defer: remark(&query, "takes").filter(|taken| *taken == "payloads").map(|_| DeferFormat::Pending),
        ..Request::new(query.clone())
    }
}

/// The answer; several for a subscription.
fn run(engine: &Arc<Engine>, request: Request) -> Vec<Response> {
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

/// What is expected of a case.
struct Expected {
    plan: String,
    outcome: String,
}

fn composed(subgraphs: &[SubgraphSdl]) -> Result<String, String> {
    let composition = compose(subgraphs).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        format!("the subgraphs do not compose:\n{}", errors.join("\n"))
    })?;
    Ok(composition.supergraph_sdl)
}

fn expected(case: &Path) -> Result<Expected, String> {
    let subgraphs = subgraphs(case);
    let supergraph = match file(case, "supergraph.graphql") {
        Some(supergraph) => supergraph,
        None => composed(&subgraphs)?,
    };
    let data = Data::parse(&file(case, "data.json").expect("data"));
    let asked = request(case);
    let labels = remark(&asked.query, "labels").unwrap_or_default().split(", ");
    let override_labels: Vec<Arc<str>> = labels.filter(|label| !label.is_empty()).map(Arc::from).collect();
    let down = remark(&asked.query, "down").unwrap_or_default();
    let with = |mode| {
        let servers = Arc::new(Servers::new(&subgraphs, &supergraph, data.clone(), mode).without(down));
        let config = Config { override_labels: override_labels.clone(), ..Config::default() };
        let engine = Engine::from_supergraph(&supergraph, servers.clone(), config);
        let engine = Arc::new(engine.expect("composition gives what the engine reads"));
        (run(&engine, asked.clone()), servers.requests(), engine)
    };
    let (responses, requests, engine) = with(Mode::Json);
    let (in_process, same_requests, _) = with(Mode::Values);
    let bodies =
        |responses: &[Response]| -> Vec<Bytes> { responses.iter().map(|one| one.body.clone()).collect() };
    if (bodies(&responses), &requests) != (bodies(&in_process), &same_requests) {
        return Err(format!("in-process subgraphs lead to\n{same_requests:#?}\n{in_process:#?}"));
    }
    if remark(&asked.query, "unlike a single server").is_none() {
        compare_with_a_single_server(case, &engine, &data, &responses)?;
    }
    let plan = engine.prepare(&asked).map(|prepared| print(engine.graph(), prepared.plan()));
    let mut outcome = String::new();
    for request in requests {
        writeln!(outcome, "{request}").expect("writing to a string");
    }
    for response in &responses {
        let body = std::str::from_utf8(&response.body).expect("answers are text");
        write!(outcome, "\n{}", readable(body)).expect("writing to a string");
    }
    Ok(Expected { plan: plan.unwrap_or_else(|_| "refused".to_owned()), outcome })
}

fn compare_with_a_single_server(
    case: &Path,
    engine: &Engine,
    data: &Data,
    responses: &[Response],
) -> Result<(), String> {
    let [Response { body, outcome: Outcome::Executed, errors: 0, .. }] = responses else { return Ok(()) };
    let variables = file(case, "variables.json").unwrap_or_else(|| "{}".to_owned());
    let query = file(case, "query.graphql").expect("a query");
    let single = server::answer_alone(engine.graph().api_schema(), data, &query, &variables)?;
    let answer: serde_json::Value = serde_json::from_slice(body).expect("answers are JSON");
    if answer["data"] != single {
        return Err(format!("a single server answers otherwise:\n{single}\ninstead of\n{}", answer["data"]));
    }
    Ok(())
}

/// One line for `data`, one for each error, all bytes kept.
fn readable(body: &str) -> String {
    body.replace(r#","errors":["#, "\n,\"errors\":[\n ").replace(r#"},{"message""#, "}\n,{\"message\"")
}

fn check(theme: &str) {
    let problems = Mutex::new(Vec::new());
    insta::glob!(themes().join(theme), "**/query.graphql", |query| {
        let case = query.parent().expect("a folder");
        let Expected { plan, outcome } = match expected(case) {
            Ok(expected) => expected,
            Err(problem) => {
                problems.lock().expect("no panic").push(format!("{}: {problem}", case.display()));
                return;
            }
        };
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            omit_expression => true,
        }, {
            insta::assert_snapshot!("plan", plan);
            insta::assert_snapshot!("outcome", outcome);
        });
    });
    let problems = problems.into_inner().expect("no panic");
    assert!(problems.is_empty(), "{} cases fail\n{}", problems.len(), problems.join("\n\n"));
}

macro_rules! themes {
    ($($theme:ident),* $(,)?) => {$(
        #[test]
        fn $theme() {
            check(stringify!($theme));
        }
    )*};
}

themes! {
    abstract_types,
    access,
    contexts,
    entities,
    errors,
    failed_requests,
    federation_1,
    interface_objects,
    introspection,
    lists,
    mutations,
    nulls,
    operations,
    overrides,
    provides,
    requires,
    shared_values,
    subscriptions,
    variables,
}
