//! Stored operations as tables in the tools of analysts: pandas, polars, DuckDB and pyarrow.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{Bearer, Distributed, SMALL, Setup, Units, demo, root};

/// The Python that `tests/run` prepares.
const PYTHON: &str = "TEST_PYTHON";

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_reads_the_same_rows_from_every_format() {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| {
        panic!("{PYTHON} names no Python with tests/tools/requirements.txt: use tests/run")
    });
    let platform = Distributed::start(demo(SMALL), Setup::default()).await;
    let units = Units::of_networks(&platform.services.databases.networks.connection).await.remove(0);
    let path = |id: &str| format!("/api/v2/franchise/graphql/operations/{id}");
    let (slug, unit) = (&units["slug"], &units["unit"]);
    let cases = json!([
        { "path": path("daily-performance"), "query": format!("?slug={slug}"), "types": {
            "code": "string", "day": "date32[day]", "figures_revenue_amount_minor": "int64",
            "figures_revenue_currency": "string", "figures_utilization": "double" } },
        { "path": path("network-locations"), "query": format!("?slug={slug}"), "types": {
            "status": "dictionary<values=string, indices=int32, ordered=0>", "active_chairs": "int32",
            "performance_figures_transactions": "int64", "compliance_score_score": "double" } },
        { "path": path("compliance-requirements"), "query": format!("?unit={unit}&risk=CRITICAL&risk=HIGH"), "types": {
            "due_date": "date32[day]", "overdue": "bool", "unit_code": "string" } },
        { "path": path("integration-runs"), "query": format!("?unit={unit}"), "types": {
            "started_at": "timestamp[us, tz=UTC]", "records_read": "int64", "run": "string" } },
    ]);
    let origin = format!("http://{}", platform.client.address);
    let token = Bearer::of(&units["person"]).text();
    let output = tokio::task::spawn_blocking(move || {
        let script = root().join("tests/tools/read.py");
        let mut child = Command::new(python)
            .arg(script)
            .args([origin, token])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(cases.to_string().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert_eq!(out.lines().count(), 4, "{out}\n{err}");
}
