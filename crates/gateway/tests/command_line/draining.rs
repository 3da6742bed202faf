//! A gateway that is told to stop while it has much to do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Served, command, shop_files};
use crate::harness::{Client, Shop};

const BODY: &str = r#"{"query":"{ products { name reviews { body } } }"}"#;

/// What clients do together.
#[derive(Default)]
struct Load {
    /// New connections go elsewhere.
    elsewhere: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    /// Asks on one connection after another, each as long as the gateway keeps it.
    async fn ask(self: Arc<Self>, address: SocketAddr) {
        while !self.elsewhere.load(Ordering::SeqCst) {
            let mut stream = BufReader::new(TcpStream::connect(address).await.expect("a connection"));
            while !self.elsewhere.load(Ordering::SeqCst) {
                let is_last = exchange(&mut stream).await;
                self.answered.fetch_add(1, Ordering::SeqCst);
                if is_last {
                    break;
                }
            }
        }
    }
}

/// One request and its answer; whether the gateway closes the connection after it.
async fn exchange(stream: &mut BufReader<TcpStream>) -> bool {
    let length = BODY.len();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(format!("{head}{BODY}").as_bytes()).await.expect("the request is taken");
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut answer).await.expect("an answer"), 0, "cut off: {answer:?}");
    }
    let header = |name: &str| {
        answer.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let length = header("content-length:").expect("a length").parse().expect("a number");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("the whole answer");
    let body = String::from_utf8_lossy(&body).into_owned();
    assert!(answer.starts_with("HTTP/1.1 200") && !body.contains("errors"), "{answer}{body}");
    header("connection:").as_deref() == Some("close")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_told_to_stop_loses_no_request() {
    let shop = Shop::open().await;
    let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
    let folder = shop_files();
    let config = "listen: 127.0.0.1:0\ncompose: supergraph.yaml\nhttp: { drain_delay: 3s }\n";
    std::fs::write(folder.path().join("gateway.yaml"), config).unwrap();
    let mut starting = command(folder.path());
    starting.args(["serve", "--config", "gateway.yaml"]);
    starting.env("PRODUCTS_URL", products).env("REVIEWS_URL", reviews);
    let mut served = tokio::task::block_in_place(|| Served::start(&mut starting));
    let address = served.address;
    let load = Arc::new(Load::default());
    let clients: Vec<_> = (0..8).map(|_| tokio::spawn(load.clone().ask(address))).collect();
    let answered = async |more: usize| {
        let before = load.answered.load(Ordering::SeqCst);
        while load.answered.load(Ordering::SeqCst) < before + more {
            assert!(clients.iter().all(|client| !client.is_finished()), "a client gave up");
            tokio::task::yield_now().await;
        }
    };
    answered(100).await;
    served.signal("-TERM");
    // As whoever distributes requests does: on a connection of its own each time.
    while Client::new(address).get("/ready", &[]).await.status != 503 {
        tokio::task::yield_now().await;
    }
    answered(8).await;
    load.elsewhere.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.expect("no request is lost");
    }
    let code = tokio::task::block_in_place(|| served.child.wait()).unwrap().code();
    assert_eq!(code, Some(0));
}
