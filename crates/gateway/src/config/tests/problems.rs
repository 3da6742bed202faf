//! Problems of all sections, each with its place.

use super::refused;
use crate::config::problem::nearest;

#[test]
fn all_problems_are_reported_at_once_with_their_places() {
    refused(
        "supergraph: a.graphql
lisen: 127.0.0.1:4000
http:
  max_body_size: 12
  request_timout: 3s
  explorer: allways
  prefixes: 3
callers:
  keys:
    - algoritm: HS256
      secret: short
    - algorithm: HS255
upstream:
  timeout: soon
  max_concurrent_requests: -4
",
        &[
            "gateway.yaml:2:1: `lisen`: unknown key; did you mean `listen`?",
            "gateway.yaml:4:18: `http.max_body_size`: expected a size with its unit, such as `64KiB` or `10MiB`, \
             found a number",
            "gateway.yaml:5:3: `http.request_timout`: unknown key; did you mean `request_timeout`?",
            "gateway.yaml:6:13: `http.explorer`: unknown value; did you mean `always`? Known are `dev`, `always`, \
             `never`",
            "gateway.yaml:7:13: `http.prefixes`: expected a sequence, found a number",
            "gateway.yaml:10:7: `callers.keys[0].algoritm`: unknown key; did you mean `algorithm`?",
            "gateway.yaml:12:18: `callers.keys[1].algorithm`: unknown value; did you mean `HS256`? Known are \
             `HS256`, `RS256`, `ES256`, `EdDSA`",
            "gateway.yaml:14:12: `upstream.timeout`: expected a duration with its unit, such as `250ms`, `30s`, \
             `5m` or `1h`",
            "gateway.yaml:15:28: `upstream.max_concurrent_requests`: expected usize, found other a number",
        ],
    );
}

#[test]
fn contradictions_are_reported_with_their_places() {
    refused(
        "supergraph: a.graphql
compose: b.yaml
http:
  prefixes: [/a, graph/, /a]
  cors_origins: [example.com]
callers:
  keys:
    - algorithm: RS256
      secret: 0123456789abcdef0123456789abcdef
    - algorithm: HS256
      secret: ffffffffffffffffffffffffffffffff
    - jwks_file: a.json
      secret_file: b
  internal_token:
    secret: ffffffffffffffffffffffffffffffff
    claims: [sub]
upstream:
  forward_headers: [Content-Type]
  subgraphs: { a: { url: 127.0.0.1 } }
",
        &[
            "gateway.yaml:2:1: `compose`: `supergraph` and `compose` exclude each other; keep the one the schema \
             comes from",
            "gateway.yaml:4:18: `http.prefixes[1]`: a prefix starts with `/`, does not end with one, and has only \
             letters, digits and `-_.`",
            "gateway.yaml:4:26: `http.prefixes[2]`: this prefix is named twice",
            "gateway.yaml:5:18: `http.cors_origins[0]`: an origin is a scheme and a host without a path, e.g. \
             `https://app.example.com`",
            "gateway.yaml:8:7: `callers.keys[0].algorithm`: `RS256` does not go with `secret`; `HS256` takes a \
             secret, the others a public key",
            "gateway.yaml:12:7: `callers.keys[2]`: needs exactly one of `secret`, `secret_file`, \
             `public_key_file`, `jwks_file`",
            "gateway.yaml:15:5: `callers.internal_token.secret`: is also a key of clients; whoever can sign client \
             tokens could then speak to subgraphs",
            "gateway.yaml:16:14: `callers.internal_token.claims[0]`: `sub` is written by the gateway itself; leave \
             it out",
            "gateway.yaml:18:21: `upstream.forward_headers[0]`: `Content-Type` is written by the gateway itself; \
             leave it out",
            "gateway.yaml:19:21: `upstream.subgraphs.a.url`: expected a URL such as `http://127.0.0.1:4001/graphql`",
        ],
    );
}

#[test]
fn an_address_is_shown_where_none_is_written() {
    let expected =
        "gateway.yaml:2:9: `listen`: an address is an IP address and a port, for example 127.0.0.1:4000";
    for text in ["localhost", "\"4000\"", "127.0.0.1"] {
        refused(&format!("supergraph: a\nlisten: {text}\n"), &[expected]);
    }
}

#[test]
fn suggestions_are_near() {
    let known = ["listen", "supergraph", "http"];
    assert_eq!(nearest("supergrph", known), Some("supergraph"));
    assert_eq!(nearest("htpt", known), Some("http"));
    assert_eq!(nearest("weather", known), None);
}
