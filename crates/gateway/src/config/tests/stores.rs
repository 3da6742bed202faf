//! Budgets, and where they, operations and answers are kept.

use super::{load, refused};
use crate::config::{ByteSize, Config};

#[test]
fn budgets_are_checked_wherever_they_are() {
    refused(
        "supergraph: a.graphql
limits:
  budget: { per_minute: 0 }
  anonymous:
    budget: { per_minute: 10, capacity: 601 }
  roles:
    ANALYST:
      budget: { per_minute: 10, capacity: 0 }
    PARTNER:
      budget: { per_minute: 10000000, capacity: 600000000 }
  shadow:
    roles:
      ANALYST:
        budget: { per_minute: 10000001 }
",
        &[
            "gateway.yaml:3:13: `limits.budget.per_minute`: must be 1 to 10000000",
            "gateway.yaml:5:31: `limits.anonymous.budget.capacity`: must be 1 to 600, what comes back in an hour",
            "gateway.yaml:8:33: `limits.roles.ANALYST.budget.capacity`: must be 1 to 600, what comes back in an hour",
            "gateway.yaml:14:19: `limits.shadow.roles.ANALYST.budget.per_minute`: must be 1 to 10000000",
        ],
    );
}

#[test]
fn redis_is_one_server_or_a_cluster() {
    let start = "supergraph: a.graphql\n";
    let url = "expected a URL such as `redis://127.0.0.1:6379` or `rediss://redis.example.com:6380/0`";
    for (redis, place, key, message) in [
        ("{}", "2:8", "redis", "the key `urls` is missing"),
        ("{ urls: [] }", "2:10", "redis.urls", "names no server"),
        (
            "{ urls: ['redis://a', 'redis://b'] }",
            "2:10",
            "redis.urls",
            "several servers are a cluster; set `redis.cluster: true`, or name one",
        ),
        ("{ urls: ['localhost:6379'] }", "2:17", "redis.urls[0]", url),
        ("{ urls: ['redis://:-1'] }", "2:17", "redis.urls[0]", url),
        ("{ urls: ['redis://localhost/first'] }", "2:17", "redis.urls[0]", url),
        (
            "{ urls: ['redis://a'], ca_file: ca.pem }",
            "2:31",
            "redis.ca_file",
            "is for `rediss://`, which is TLS",
        ),
        (
            "{ urls: ['redis://a'], key_prefix: 'a{b}' }",
            "2:31",
            "redis.key_prefix",
            "has 1 to 64 letters, digits and `-_.:/`",
        ),
    ] {
        refused(&format!("{start}redis: {redis}"), &[&format!("gateway.yaml:{place}: `{key}`: {message}")]);
    }
    let good = "redis: { urls: ['rediss://a:1/2', 'rediss://b'], cluster: true, ca_file: ca.pem }";
    let config = load(&format!("{start}{good}"), &[]).unwrap();
    assert!(config.redis.unwrap().ca_file.unwrap().is_absolute(), "it is beside the file");
}

#[test]
fn a_registry_has_a_database_and_one_scope() {
    refused(
        "supergraph: a
operations:
  mode: none
  registry:
    poll_interval: 0s
",
        &[
            "gateway.yaml:3:9: `operations.mode`: unknown value; known are `any`, `only`",
            "gateway.yaml:5:5: `operations.registry`: the key `database` is missing",
            "gateway.yaml:5:20: `operations.registry.poll_interval`: a duration must be longer than 0",
        ],
    );
    refused(
        "supergraph: a
operations:
  registry: { database: operations.db, admin_scope: a b }
",
        &[
            "gateway.yaml:3:15: `operations.registry.database`: expected a URL such as \
             `sqlite://operations.db?mode=rwc` or `postgres://user@localhost/operations`",
            "gateway.yaml:3:40: `operations.registry.admin_scope`: expected one scope, without spaces",
        ],
    );
}

#[test]
fn what_is_kept_of_answers_is_as_the_page_has_it() {
    let page = include_str!("../../../../../docs/http.md");
    let block = page.split("```yaml\n").find(|block| block.starts_with("cache:")).unwrap();
    let block = block.split("```").next().unwrap();
    let config = load(&format!("supergraph: a\n{block}"), &[]).unwrap();
    assert!(config.cache.answers.enabled && !Config::default().cache.answers.enabled);
    assert_eq!(config.cache.answers.max_memory, ByteSize::mebibytes(256));
    refused(
        "supergraph: a\ncache: { answers: { max_memory: 3MiB, max_answer_size: 1MiB } }\n",
        &["gateway.yaml:2:39: `cache.answers.max_answer_size`: must be at most a quarter of \
           `cache.answers.max_memory`, so that several answers fit"],
    );
    let shared = "supergraph: a\ncache: { answers: { enabled: true, shared: true } }\n";
    refused(
        shared,
        &[
            "gateway.yaml:2:36: `cache.answers.shared`: needs the section `redis`, which says where answers are shared",
        ],
    );
    let redis = "redis: { urls: ['redis://127.0.0.1:6379'] }\n";
    assert!(load(&format!("{shared}{redis}"), &[]).unwrap().cache.answers.shared);
}
