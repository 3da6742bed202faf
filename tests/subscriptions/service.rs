//! A service that is asked for events directly, as a gateway does it.

use std::sync::Arc;
use std::time::Duration;

use networks::Networks;
use serde_json::json;
use subgraph::caller::token::{HEADER, Secret, Subject};
use subgraph::service::Service;
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
