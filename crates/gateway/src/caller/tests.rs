//! Tokens, good and bad.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jsonwebtoken::{Algorithm as Alg, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};

use super::{Caller, CallerError, Callers, InternalTokens};
use crate::config::{Algorithm, Anonymous, CallerConfig, InternalTokenConfig, KeyConfig, Secret, Time};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn key_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name)
}

fn key(algorithm: Option<Algorithm>) -> KeyConfig {
    KeyConfig { algorithm, id: None, secret: None, secret_file: None, public_key_file: None, jwks_file: None }
}

fn shared_secret() -> KeyConfig {
    KeyConfig { secret: Some(Secret::new(SECRET)), ..key(Some(Algorithm::HS256)) }
}

fn callers(keys: Vec<KeyConfig>) -> Callers {
    let config = CallerConfig {
        keys,
        issuer: Some("issuer".to_owned()),
        audience: Some("graph".to_owned()),
        ..CallerConfig::default()
    };
    Callers::new(&config).unwrap()
}

fn seconds_from_now(offset: i64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    now.checked_add_signed(offset).unwrap()
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({ "sub": "anna", "iss": "issuer", "aud": "graph", "exp": seconds_from_now(60) });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn signed(changes: &Value) -> String {
    encode(&Header::new(Alg::HS256), &claims(changes), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn identify(callers: &Callers, authorization: &str) -> Result<Caller, CallerError> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    callers.identify(&headers)
}

#[test]
fn a_good_token_names_its_caller() {
    let token = signed(&json!({ "narrow": { "role": "viewer" }, "aud": ["other", "graph"] }));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let caller = identify(&callers(vec![shared_secret()]), &format!("{scheme} {token}")).unwrap();
        assert_eq!(caller.subject(), Some("anna"));
        assert_eq!(caller.claim("narrow"), Some(&json!({ "role": "viewer" })));
    }
}

#[test]
fn bad_tokens_are_told_apart() {
    use CallerError::{
        Algorithm, Audience, Claims, Expired, Issuer, Malformed, NotYetValid, Signature, Subject,
    };
    let callers = callers(vec![shared_secret()]);
    let good = signed(&json!({}));
    let (_, signature) = good.rsplit_once('.').unwrap();
    let other_secret = EncodingKey::from_secret(SECRET.to_uppercase().as_bytes());
    let forged = encode(&Header::new(Alg::HS256), &claims(&json!({})), &other_secret).unwrap();
    let other_claims = signed(&json!({ "sub": "eve" }));
    let swapped = format!("{}.{signature}", other_claims.rsplit_once('.').unwrap().0);
    // {"alg":"none"} . {"sub":"anna"}
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0.".to_owned();
    let cases = [
        (forged, Signature),
        (swapped, Signature),
        (unsigned, Algorithm),
        ("nonsense".to_owned(), Malformed),
        ("a.b.c".to_owned(), Malformed),
        (format!("{good} more"), Malformed),
        ("x".repeat(20_000), Malformed),
        (signed(&json!({ "exp": seconds_from_now(-60) })), Expired),
        (signed(&json!({ "nbf": seconds_from_now(60) })), NotYetValid),
        (signed(&json!({ "iss": "another" })), Issuer),
        (signed(&json!({ "aud": "another" })), Audience),
        (signed(&json!({ "aud": ["graph", "subgraph"] })), Audience),
        (signed(&json!({ "exp": null })), Claims),
        (signed(&json!({ "sub": null })), Claims),
        (signed(&json!({ "sub": 7 })), Claims),
        (signed(&json!({ "sub": "" })), Claims),
        (signed(&json!({ "iss": null })), Claims),
        (signed(&json!({ "aud": null })), Claims),
        (signed(&json!({ "sub": "service:networks" })), Subject),
    ];
    for (token, expected) in cases {
        assert_eq!(identify(&callers, &format!("Bearer {token}")).unwrap_err(), expected, "{token:.80}");
    }
    for header in ["Basic YTpi", "Bearer", "Bearer ", ""] {
        assert_eq!(identify(&callers, header).unwrap_err(), Malformed, "{header}");
    }
}

#[test]
fn two_authorization_headers_are_refused() {
    let mut headers = HeaderMap::new();
    headers.append(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", signed(&json!({})))).unwrap());
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
    assert_eq!(callers(vec![shared_secret()]).identify(&headers).unwrap_err(), CallerError::Malformed);
}

#[test]
fn who_has_no_token_is_anonymous_only_where_that_is_allowed() {
    let none = HeaderMap::new();
    assert_eq!(callers(vec![shared_secret()]).identify(&none).unwrap_err(), CallerError::Missing);
    let config = CallerConfig {
        keys: vec![shared_secret()],
        anonymous: Some(Anonymous::Allow),
        ..CallerConfig::default()
    };
    let lenient = Callers::new(&config).unwrap();
    assert!(lenient.identify(&none).unwrap().is_anonymous());
    assert_eq!(identify(&lenient, "Bearer nonsense").unwrap_err(), CallerError::Malformed);
    let without_keys = Callers::new(&CallerConfig::default()).unwrap();
    assert!(without_keys.identify(&none).unwrap().is_anonymous());
    assert!(identify(&without_keys, "Bearer anything").unwrap().is_anonymous());
}

fn sign_with(algorithm: Alg, private: &str, id: Option<&str>) -> String {
    let pem = std::fs::read(key_file(private)).unwrap();
    let key = match algorithm {
        Alg::RS256 => EncodingKey::from_rsa_pem(&pem),
        Alg::ES256 => EncodingKey::from_ec_pem(&pem),
        _ => EncodingKey::from_ed_pem(&pem),
    };
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, &claims(&json!({})), &key.unwrap()).unwrap()
}

#[test]
fn public_keys_are_used_with_their_own_algorithm_only() {
    let public =
        |algorithm, name| KeyConfig { public_key_file: Some(key_file(name)), ..key(Some(algorithm)) };
    let rsa = callers(vec![public(Algorithm::RS256, "rsa.public.pem")]);
    let all = callers(vec![
        public(Algorithm::RS256, "rsa.public.pem"),
        public(Algorithm::ES256, "ec.public.pem"),
        public(Algorithm::EdDSA, "ed.public.pem"),
    ]);
    let signatures =
        [(Alg::RS256, "rsa.private.pem"), (Alg::ES256, "ec.private.pem"), (Alg::EdDSA, "ed.private.pem")];
    for (algorithm, private) in signatures {
        let token = format!("Bearer {}", sign_with(algorithm, private, None));
        assert_eq!(identify(&all, &token).unwrap().subject(), Some("anna"), "{algorithm:?}");
        let alone = identify(&rsa, &token).map(|caller| caller.subject().map(str::to_owned));
        let expected =
            if algorithm == Alg::RS256 { Ok(Some("anna".into())) } else { Err(CallerError::Algorithm) };
        assert_eq!(alone, expected, "{algorithm:?}");
    }
    // The public key as the secret of an HMAC: the classic confusion of algorithms.
    let public_key = std::fs::read(key_file("rsa.public.pem")).unwrap();
    let confused =
        encode(&Header::new(Alg::HS256), &claims(&json!({})), &EncodingKey::from_secret(&public_key))
            .unwrap();
    assert_eq!(identify(&rsa, &format!("Bearer {confused}")).unwrap_err(), CallerError::Algorithm);
}

#[test]
fn a_key_set_offers_its_keys_by_id() {
    let set = callers(vec![KeyConfig { jwks_file: Some(key_file("jwks.json")), ..key(None) }]);
    let token = |id| format!("Bearer {}", sign_with(Alg::EdDSA, "ed.private.pem", id));
    assert!(identify(&set, &token(Some("ed"))).is_ok());
    assert!(identify(&set, &token(None)).is_ok());
    assert_eq!(identify(&set, &token(Some("gone"))).unwrap_err(), CallerError::Signature);
}

#[test]
fn keys_that_cannot_be_used_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let encryption_only = r#"{"keys":[{"kty":"oct","use":"enc","k":"AAAA"}]}"#;
    let keys = vec![
        KeyConfig { secret_file: Some(folder.path().join("gone")), ..key(Some(Algorithm::HS256)) },
        KeyConfig { secret_file: write("short", "short\n"), ..key(Some(Algorithm::HS256)) },
        KeyConfig { public_key_file: Some(key_file("ec.public.pem")), ..key(Some(Algorithm::RS256)) },
        KeyConfig { jwks_file: write("text", "keys"), ..key(None) },
        KeyConfig { jwks_file: write("enc", encryption_only), ..key(None) },
    ];
    let errors = Callers::new(&CallerConfig { keys, ..CallerConfig::default() }).err().unwrap();
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let starts = [
        "`callers.keys[0].secret_file`: `",
        "`callers.keys[1].secret_file`: a secret has at least 32 bytes",
        "`callers.keys[2].public_key_file`: the file has no RS256 public key in PEM form",
        "`callers.keys[3].jwks_file`: is not a JSON Web Key Set",
        "`callers.keys[4].jwks_file`: has no key for signatures",
    ];
    assert_eq!(texts.len(), starts.len(), "{texts:#?}");
    for (text, start) in texts.iter().zip(starts) {
        assert!(text.starts_with(start), "{text}");
    }
}

fn internal_tokens(lifetime: Time) -> InternalTokens {
    let claims = vec!["locale".to_owned()];
    let config = InternalTokenConfig { secret: Secret::new(SECRET), claims, lifetime };
    InternalTokens::new(&config, Duration::from_secs(5))
}

fn person(narrow: &str) -> Caller {
    let claims = json!({ "sub": "anna", "narrow": narrow, "locale": "de", "email": "anna@example.com" });
    let Value::Object(claims) = claims else { unreachable!() };
    Caller::identified("anna", claims)
}

#[test]
fn subgraphs_get_a_short_lived_token_with_the_chosen_claims() {
    let token = internal_tokens(Time::seconds(60)).token(&person("viewer")).unwrap().unwrap();
    let mut validation = Validation::new(Alg::HS256);
    validation.set_audience(&["subgraph"]);
    let key = DecodingKey::from_secret(SECRET.as_bytes());
    let claims = decode::<Map<String, Value>>(token.reveal(), &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], "anna");
    assert_eq!(claims["locale"], "de");
    assert_eq!(
        claims["narrow"], "viewer",
        "a restriction is handed on though it is not among the chosen claims"
    );
    assert!(!claims.contains_key("email"), "only chosen claims are handed on");
    let remaining = claims["exp"].as_u64().unwrap() - seconds_from_now(0);
    assert!((58..=60).contains(&remaining), "{remaining}");
    assert!(!format!("{token:?}").contains(token.reveal()), "a token is not printed");
}

#[test]
fn subgraphs_are_told_until_when_the_caller_may_follow_events() {
    let expires = seconds_from_now(3600);
    for (exp, until) in
        [(json!(expires), json!(expires + 5)), (json!(1.5), json!(6)), (json!(-1), Value::Null)]
    {
        let claims = Map::from_iter([("exp".to_owned(), exp.clone())]);
        let token = internal_tokens(Time::seconds(60)).token(&Caller::identified("anna", claims)).unwrap();
        let mut validation = Validation::new(Alg::HS256);
        validation.set_audience(&["subgraph"]);
        let key = DecodingKey::from_secret(SECRET.as_bytes());
        let told = decode::<Map<String, Value>>(token.unwrap().reveal(), &key, &validation).unwrap().claims;
        assert_eq!(told.get("until").cloned().unwrap_or_default(), until, "{exp}");
    }
}

#[test]
fn internal_tokens_are_kept_per_caller_while_they_are_fresh() {
    let tokens = internal_tokens(Time::seconds(60));
    let reveal = |tokens: &InternalTokens, caller| tokens.token(&caller).unwrap().unwrap().reveal().as_ptr();
    assert_eq!(reveal(&tokens, person("viewer")), reveal(&tokens, person("viewer")));
    assert_ne!(reveal(&tokens, person("viewer")), reveal(&tokens, person("owner")));
    assert!(tokens.token(&Caller::anonymous()).unwrap().is_none());
    // Half of the lifetime is over at once.
    let stale = internal_tokens(Time(Duration::from_nanos(1)));
    let (first, second) = (stale.token(&person("a")).unwrap(), stale.token(&person("a")).unwrap());
    assert_ne!(first.unwrap().reveal().as_ptr(), second.unwrap().reveal().as_ptr());
}

#[test]
fn scopes_come_from_the_token() {
    let permissions = |scope: Value| {
        let claims = Map::from_iter([("scope".to_owned(), scope)]);
        Caller::identified("anna", claims).permissions()
    };
    let held: Vec<_> = permissions(json!("read:fees  write:fees")).scopes.into_iter().collect();
    assert_eq!(held, ["read:fees", "write:fees"].map(Arc::<str>::from));
    assert_eq!(permissions(json!(["read:fees", 7])).scopes.len(), 1);
    assert!(permissions(json!({"read:fees": true})).scopes.is_empty());
    assert!(permissions(json!("")).authenticated);
    assert_eq!(Caller::anonymous().permissions(), federation::Permissions::default());
}
