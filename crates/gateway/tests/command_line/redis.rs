//! `gateway serve` with Redis.

use std::fs;
use std::net::TcpListener;

use super::{NOBODY, Served, command, configured, fails, succeeds};
use crate::harness::{Authority, Client, Redis, Shop};

const PASSWORD: &str = "open sesame";

const CONFIG: &str = "listen: 127.0.0.1:0
compose: supergraph.yaml
telemetry: { metrics_listen: 127.0.0.1:0 }
limits: { budget: { per_minute: 1, capacity: 25 } }
redis:
  urls: ['${env.REDIS_URL}']
  password: ${env.REDIS_PASSWORD:-}
  timeout: 20s
  connect_timeout: 20s
";

/// What is counted.
pub(super) async fn metrics(served: &Served) -> String {
    let log = served.log.lock().unwrap().clone();
    let (_, rest) = log.split_once("metrics are at http://").unwrap_or_else(|| panic!("{log}"));
    let address = rest.split_once("/metrics").unwrap().0.parse().unwrap();
    Client::new(address).get("/metrics", &[]).await.text
}

#[tokio::test]
async fn processes_take_from_one_budget() {
    let redis = Redis::start_with(&["--requirepass", PASSWORD]).await;
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let folder = configured(products, NOBODY, CONFIG);
    let serve = || {
        let mut command = command(folder.path());
        command.env("REDIS_URL", redis.url()).env("REDIS_PASSWORD", PASSWORD);
        Served::start(command.args(["serve", "--config", "gateway.yaml"]))
    };
    let (one, other) = (serve(), serve());
    let rename = "mutation { rename(id: 1, name: \"Desk\") { name } }";
    for (served, left) in [(&one, "r=14"), (&other, "r=3")] {
        let reply = served.client.query(rename).await;
        reply.data();
        assert!(reply.header("ratelimit").unwrap().contains(left), "{reply:#?}");
    }
    for served in [&one, &other] {
        assert_eq!(served.client.query(rename).await.error().1, "BUDGET_EXCEEDED");
        assert!(!served.log.lock().unwrap().contains(PASSWORD));
        let metrics = metrics(served).await;
        for line in [
            "gateway_redis_connected 1",
            "redis_request_duration_seconds_count{outcome=\"ok\"} ",
            "gateway_budget_operations_total{outcome=\"granted\"} 1",
            "gateway_budget_operations_total{outcome=\"refused\"} 1",
            "gateway_budget_fallbacks_total 0",
        ] {
            assert!(metrics.contains(line), "{line} is not in\n{metrics}");
        }
    }
}

#[tokio::test]
async fn what_redis_refuses_ends_the_start() {
    let redis = Redis::start_with(&["--requirepass", PASSWORD]).await;
    let folder = configured(NOBODY, NOBODY, CONFIG);
    let mut command = command(folder.path());
    command.args(["serve", "--config", "gateway.yaml"]).env("REDIS_URL", redis.url());
    let output = command.env("REDIS_PASSWORD", "open barley").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let refusal = format!("error: Redis at 127.0.0.1:{} refuses: ", redis.port());
    assert!(text.contains(&refusal) && text.contains("check `redis.username`, `redis.password`"), "{text}");
    assert!(!text.contains("barley"), "{text}");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_named_and_done_without() {
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let folder = configured(products, NOBODY, CONFIG);
    let mut command = command(folder.path());
    command.args(["serve", "--config", "gateway.yaml"]).env("REDIS_URL", "redis://:secret@127.0.0.1:9");
    let served = Served::start(&mut command);
    served.client.query("{ products { name } }").await.data();
    let metrics = metrics(&served).await;
    for line in ["gateway_redis_connected 0", "gateway_budget_fallbacks_total 1"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let log = served.log.lock().unwrap().clone();
    assert!(log.contains("Redis at 127.0.0.1:9 is not reached: "), "{log}");
    assert!(!log.contains("secret"), "{log}");
}

#[tokio::test]
async fn an_outage_is_told_once_and_so_is_its_end() {
    let mut redis = Redis::start().await;
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let folder = configured(products, NOBODY, CONFIG);
    let mut command = command(folder.path());
    command.args(["serve", "--config", "gateway.yaml"]).env("REDIS_URL", redis.url());
    let served = Served::start(&mut command);
    redis.kill();
    for _ in 0..3 {
        served.client.query("{ product(id: 1) { name } }").await.data();
    }
    redis.restart().await;
    let log = loop {
        let log = served.log.lock().unwrap().clone();
        if log.contains("Redis answers again") {
            break log;
        }
        tokio::task::yield_now().await;
    };
    for line in ["Redis does not answer; this gateway goes on by itself until it does", "Redis answers again"]
    {
        assert_eq!(log.matches(line).count(), 1, "{log}");
    }
    let metrics = metrics(&served).await;
    for line in ["gateway_redis_connected 1", "gateway_budget_fallbacks_total 3"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn urls_are_checked_and_passwords_are_not_shown() {
    let folder = configured(
        NOBODY,
        NOBODY,
        "compose: supergraph.yaml
redis: { urls: ['rediss://user:sesame@127.0.0.1:6379/1'], password: barley }
",
    );
    let shown = succeeds(folder.path(), &["config", "show", "gateway.yaml"]);
    assert!(shown.contains("key_prefix: gateway") && shown.contains("[redacted]"), "{shown}");
    assert!(!shown.contains("sesame") && !shown.contains("barley"), "{shown}");
    let checked = succeeds(folder.path(), &["config", "check", "gateway.yaml"]);
    assert!(!checked.contains("sesame") && !checked.contains("barley"), "{checked}");

    let wrong = configured(
        NOBODY,
        NOBODY,
        "compose: supergraph.yaml
redis: { urls: ['http://user:sesame@127.0.0.1:6379'] }
",
    );
    assert_eq!(
        fails(wrong.path(), &["config", "check", "gateway.yaml"], 1),
        "error: gateway.yaml:2:17: `redis.urls[0]`: expected a URL such as `redis://127.0.0.1:6379` or \
         `rediss://redis.example.com:6380/0`\n"
    );
}

#[tokio::test]
async fn redis_is_reached_by_tls_where_its_authority_is_trusted() {
    let (authority, other) = (Authority::new("Ours"), Authority::new("Theirs"));
    let identity = authority.signs("localhost", 2090);
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let config = format!("{CONFIG}  ca_file: ${{env.CA_FILE}}\nhttp: {{ health_details: always }}\n");
    let folder = configured(products, NOBODY, &config);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (ours, theirs) = (file("ours.pem", &authority.pem), file("theirs.pem", &other.pem));
    let (certificate, key) = (file("redis.pem", &identity.certificate), file("redis.key", &identity.key));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let _redis = Redis::start_with(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &ours,
        "--tls-auth-clients",
        "no",
    ])
    .await;
    for (trusted, reachable) in [(ours, true), (theirs, false)] {
        let mut command = command(folder.path());
        command.env("REDIS_URL", format!("rediss://localhost:{port}")).env("CA_FILE", &trusted);
        let served = Served::start(command.args(["serve", "--config", "gateway.yaml"]));
        let ready = served.client.get("/ready", &[]).await.json();
        let log = served.log.lock().unwrap().clone();
        assert_eq!(ready["redis"]["reachable"], reachable, "{trusted}: {ready}\n{log}");
        assert_eq!(log.contains("is not reached: "), !reachable, "{trusted}: {log}");
    }
}
