//! The platform in one process, as it stops.

use std::process::Command;

use serde_json::json;
use uuid::Uuid;

use crate::harness::{Bearer, Client, Program, USER_SECRET, program};

#[tokio::test(flavor = "multi_thread")]
async fn who_distributes_requests_has_time_to_look_elsewhere_unless_it_is_to_stop_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("user-token.secret"), USER_SECRET).unwrap();
    let mut command = Command::new(program("franchise"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--empty", "--drain-delay", "1h", "--data"]);
    let platform = Program::start("franchise", command.arg(folder.path()));
    let client = Client::new(platform.address);
    assert_eq!(client.get("/ready").await.status, 200);
    platform.terminate();
    let stopping = loop {
        let reply = client.get("/ready").await;
        if reply.status != 200 {
            break reply;
        }
        tokio::task::yield_now().await;
    };
    assert!(stopping.status == 503 && stopping.json()["status"] == "stopping", "{stopping}");
    let known = client.bearing(Bearer::of(&Uuid::now_v7().to_string()).text());
    assert_eq!(known.query("{ __typename }", &json!({})).await.data(), json!({ "__typename": "Query" }));
    platform.terminate();
    let status = tokio::task::block_in_place(|| platform.ended());
    assert_eq!(status.code(), Some(130), "the second signal is not waited for");
}
