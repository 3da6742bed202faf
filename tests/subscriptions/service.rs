//! A service that is asked for events directly, as a gateway does it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use networks::Networks;
use serde_json::{Value, json};
use subgraph::caller::token::{AUDIENCE, Claims, HEADER, Secret, Subject};
use subgraph::service::Service;
use subgraph::subscription::Limits;
use subgraph::testing::Backend;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::harness::{Filled, INTERNAL_SECRET, SMALL, Socket, Units, demo};

const CHANGES: &str = "subscription($within: ID!) { unitChanged(within: $within, after: 0) { revision } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_service_serves_events_to_gateways_until_it_stops() {
    let databases = Filled::new(Backend::Postgres, demo(SMALL)).await;
    let units = Units::of_networks(&databases.networks.connection).await;
    let secret = Secret::new(INTERNAL_SECRET).unwrap();
    let service = Arc::new(Service::new::<Networks>(databases.networks.connection.clone(), secret.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(subgraph::serve::serve(listener, service, async {
        let _ = stopped.await;
    }));

    let person = Subject::Person(units[0]["person"].parse().unwrap(), None);
    let token = secret.sign(&person, Duration::from_secs(60)).unwrap();
    let variables = json!({ "within": units[0]["network"] });
    let mut socket = Socket::open(address, &[(HEADER, &token)]).await;
    socket.begin(CHANGES, &variables).await;
    assert_eq!(socket.next().await, Some(json!({ "data": { "unitChanged": { "revision": 1 } } })));

    for token in ["", "no token"] {
        let mut stranger = Socket::open(address, &[(HEADER, token)]).await;
        stranger.begin(CHANGES, &variables).await;
        let response = stranger.next().await.unwrap();
        assert_eq!(response["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{response}");
        assert_eq!(stranger.next().await, None);
    }
    let mut stranger = Socket::open_without_protocol(address, &[(HEADER, &token)]).await;
    assert_eq!(stranger.hear().await, Err(4406));

    stop.send(()).unwrap();
    let closed = async {
        loop {
            if let Err(code) = socket.hear().await {
                return code;
            }
        }
    };
    assert_eq!(closed.await, 1001);
    serving.await.unwrap().unwrap();
}

/// A networks service over demo data, on a port of its own, with a person of the network and that network.
struct Serving {
    _databases: Filled,
    address: SocketAddr,
    secret: Secret,
    person: String,
    variables: Value,
}

impl Serving {
    async fn start(limits: Limits) -> Self {
        let databases = Filled::new(Backend::Postgres, demo(SMALL)).await;
        let units = Units::of_networks(&databases.networks.connection).await;
        let secret = Secret::new(INTERNAL_SECRET).unwrap();
        let connection = databases.networks.connection.clone();
        let service = Service::with_limits::<Networks>(connection, secret.clone(), limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(subgraph::serve::serve(listener, Arc::new(service), std::future::pending()));
        let variables = json!({ "within": units[0]["network"] });
        Self { _databases: databases, address, secret, person: units[0]["person"].to_string(), variables }
    }

    /// A token that opens subscriptions, and ends them so many seconds from now.
    fn token(&self, until: Option<i64>, exp: i64) -> String {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let claims = Claims {
            sub: self.person.clone(),
            aud: AUDIENCE.to_owned(),
            exp: now.saturating_add_signed(exp),
            until: until.map(|until| now.saturating_add_signed(until)),
            narrow: None,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(self.secret.bytes()))
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_ends_a_subscription_when_the_callers_token_expires() {
    let serving = Serving::start(Limits::default()).await;
    let document = "subscription($within: ID!) { unitChanged(within: $within) { revision } }";
    // Five seconds of difference between clocks are allowed for: of these one is left.
    for (until, exp) in [(Some(-4), 60), (None, -4)] {
        let token = serving.token(until, exp);
        let mut socket = Socket::open(serving.address, &[(HEADER, &token)]).await;
        socket.begin(document, &serving.variables).await;
        let told = socket.next().await.unwrap();
        assert_eq!(told["errors"][0]["message"], "the token has expired; get a new one", "{told}");
        assert_eq!(told["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{told}");
        assert_eq!(socket.next().await, None);
    }
    // One that lasts is told of what there is.
    let token = serving.token(Some(3600), -4);
    let mut socket = Socket::open(serving.address, &[(HEADER, &token)]).await;
    socket.begin(CHANGES, &serving.variables).await;
    assert_eq!(socket.next().await, Some(json!({ "data": { "unitChanged": { "revision": 1 } } })));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_events_is_cut_off() {
    let send_timeout = Duration::from_millis(50);
    let serving = Serving::start(Limits { open: 1, send_timeout, ..Limits::default() }).await;
    let token = serving.token(None, 3600);
    // Each event is larger than what fits on the way to somebody who does not read.
    let names: String = (0..5000).map(|number| format!("a{number:04}: name ")).collect();
    let large = format!(
        "subscription($within: ID!) {{ unitChanged(within: $within, after: 0) {{ unit {{ {names} }} }} }}"
    );
    let mut stalled = Socket::open(serving.address, &[(HEADER, &token)]).await;
    stalled.begin(&large, &serving.variables).await;
    assert!(stalled.next().await.unwrap()["data"].is_object(), "it has the only place");
    // Somebody else gets the place, without any word of the other.
    loop {
        let mut other = Socket::open(serving.address, &[(HEADER, &token)]).await;
        other.begin(CHANGES, &serving.variables).await;
        let told = other.next().await.unwrap();
        if told["data"]["unitChanged"]["revision"] == 1 {
            break;
        }
        assert_eq!(told["errors"][0]["extensions"]["code"], "TOO_MANY_SUBSCRIPTIONS", "{told}");
    }
    drop(stalled);
}
