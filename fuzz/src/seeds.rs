//! Seeds for every target, made of the engine's test cases.

use std::path::Path;
use std::sync::{Arc, Mutex};

use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine};
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;

use crate::graphs::{cases, folder, folders, read, subgraphs};
use crate::input::SEPARATOR;
use crate::server::WellBehaved;

/// Writes seeds into the folder that the environment variable `SEEDS` names, if it does.
pub fn plant(make: impl Fn() -> Vec<String>) {
    let Some(folder) = std::env::var_os("SEEDS") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).expect("a folder for seeds");
    for (index, seed) in make().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed{index:03}")), seed).expect("a seed is written");
    }
}

/// Subgraphs to compose.
pub fn schemas() -> Vec<String> {
    let folders = ["compose", "execute"].into_iter().flat_map(|kind| folders(&folder(kind)));
    let sdls = folders.map(|folder| subgraphs(&folder).into_iter().map(|subgraph| subgraph.sdl));
    sdls.map(|sdls| sdls.collect::<Vec<_>>().join(SEPARATOR)).filter(|seed| !seed.is_empty()).collect()
}

/// Supergraphs, ours and those of other producers.
pub fn supergraphs() -> Vec<String> {
    let ours = cases().into_iter().map(|case| case.sdl);
    let others =
        folders(&folder("supergraph")).into_iter().map(|folder| read(&folder.join("supergraph.graphql")));
    ours.chain(others).filter(|seed| !seed.is_empty()).collect()
}

/// Operations with variables.
pub fn requests() -> Vec<String> {
    let mut seeds = Vec::new();
    for (index, case) in cases().iter().enumerate() {
        for (query, variables) in &case.operations {
            seeds.push(format!("{index:02x}01{query}{SEPARATOR}{variables}"));
        }
    }
    seeds
}

/// What subgraphs answer to the operations of the cases.
pub fn answers() -> Vec<String> {
    let (mut seeds, mut engines) = (Vec::new(), 0);
    for case in cases() {
        let server = WellBehaved::new(case.graph());
        let recorder = Arc::new(Recorder { server, bodies: Mutex::new(Vec::new()) });
        let engine = Engine::from_graph(case.graph(), recorder.clone(), Config::default());
        let mut number = 0;
        for request in case.requests() {
            let Ok(prepared) = engine.prepare(&request) else { continue };
            block_on(engine.run(prepared));
            let bodies = std::mem::take(&mut *recorder.bodies.lock().expect("no panic"));
            seeds.push(format!("{engines:02x}{number:02x}00{}", bodies.join(SEPARATOR)));
            number += 1;
        }
        engines += usize::from(number > 0);
    }
    seeds
}

/// Keeps what a subgraph answers.
struct Recorder {
    server: WellBehaved,
    bodies: Mutex<Vec<String>>,
}

impl Transport for Recorder {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        async move {
            let answer = self.server.call(request).await?;
            if let Answer::Json(body) = &answer {
                self.bodies.lock().expect("no panic").push(String::from_utf8_lossy(body).into_owned());
            }
            Ok(answer)
        }
        .boxed()
    }
}
