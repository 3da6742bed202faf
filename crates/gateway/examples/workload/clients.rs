//! Clients that each wait for their answer before they ask again, and check every answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::Failure;

/// What clients send, and what they must get.
pub(crate) struct Clients {
    pub(crate) url: String,
    /// None: the address says it all.
    pub(crate) body: Option<Bytes>,
    pub(crate) expected: Bytes,
    /// Give every request a header of its own that is forwarded, so that no two are equal.
    pub(crate) unique: bool,
}

/// The latencies of all answers, in microseconds.
pub(crate) type Latencies = Histogram<u64>;

type Pool = Client<HttpConnector, Full<Bytes>>;

impl Clients {
    /// Lets so many clients ask for so long.
    pub(crate) async fn run(self: Arc<Self>, clients: u64, time: Duration) -> Result<Latencies, Failure> {
        let pool = pool();
        let until = Instant::now() + time;
        let running: Vec<_> = (0..clients)
            .map(|client| tokio::spawn(self.clone().client(pool.clone(), client, until)))
            .collect();
        let mut all = Histogram::new(3)?;
        for client in running {
            all.add(client.await??)?;
        }
        Ok(all)
    }

    /// Opens so many connections, each with a client that asks at its times, whether or not others were answered, so
    /// that all together ask so often in a second. A late answer counts from the time it should have been asked for.
    pub(crate) async fn pace(
        self: Arc<Self>,
        connections: u32,
        rate: u32,
        time: Duration,
    ) -> Result<Latencies, Failure> {
        let start = Instant::now() + Duration::from_secs(1);
        let period = Duration::from_secs(1) * connections / rate;
        let running: Vec<_> = (0..connections)
            .map(|client| {
                tokio::spawn(self.clone().paced(start + period * client / connections, period, start + time))
            })
            .collect();
        let mut all = Histogram::new(3)?;
        for client in running {
            all.add(client.await??)?;
        }
        Ok(all)
    }

    async fn paced(
        self: Arc<Self>,
        first: Instant,
        period: Duration,
        until: Instant,
    ) -> Result<Latencies, Failure> {
        // A pool of its own is a connection of its own.
        let pool = pool();
        self.ask(&pool, 0).await?;
        let mut latencies = Histogram::new(3)?;
        let mut due = first;
        while due < until {
            tokio::time::sleep_until(due.into()).await;
            self.ask(&pool, 0).await?;
            latencies.record(u64::try_from(due.elapsed().as_micros())?)?;
            due += period;
        }
        Ok(latencies)
    }

    async fn client(self: Arc<Self>, pool: Pool, client: u64, until: Instant) -> Result<Latencies, Failure> {
        let mut latencies = Histogram::new(3)?;
        let mut number = client << 32;
        while Instant::now() < until {
            let asked = Instant::now();
            self.ask(&pool, number).await?;
            latencies.record(u64::try_from(asked.elapsed().as_micros())?)?;
            number += 1;
        }
        Ok(latencies)
    }

    async fn ask(&self, pool: &Pool, number: u64) -> Result<(), Failure> {
        let mut request = match self.body {
            Some(_) => http::Request::post(&self.url).header("content-type", "application/json"),
            None => http::Request::get(&self.url).header("accept", "application/json"),
        };
        if self.unique {
            request = request.header("x-load-number", number);
        }
        let response = pool.request(request.body(Full::new(self.body.clone().unwrap_or_default()))?).await?;
        let status = response.status();
        // Pieces are compared as they come: putting a large answer together would cost more than it does.
        let (mut rest, mut body) = (&self.expected[..], response.into_body());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            rest = rest.strip_prefix(&data[..]).ok_or_else(|| {
                let shown = String::from_utf8_lossy(&data[..data.len().min(400)]).into_owned();
                format!("an answer is not as it must be: {status}: {shown}")
            })?;
        }
        if rest.is_empty() { Ok(()) } else { Err("an answer ends too early".into()) }
    }
}

fn pool() -> Pool {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(usize::MAX).build(connector)
}
