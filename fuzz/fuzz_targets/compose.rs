//! Subgraph SDLs to a supergraph: composition answers with a supergraph that loads, or with errors, whatever it is
//! given and in whatever order.
#![no_main]

use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;
use federation_fuzz::input::sections;
use federation_fuzz::seeds::{plant, schemas};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: plant(schemas), |data: &[u8]| {
    let Some(sections) = sections(data) else { return };
    let subgraph = |(index, sdl): (usize, &&str)| SubgraphSdl {
        name: format!("s{index}"),
        url: String::new(),
        sdl: (*sdl).to_owned(),
    };
    let mut subgraphs: Vec<SubgraphSdl> = sections.iter().take(8).enumerate().map(subgraph).collect();
    let composed = compose(&subgraphs);
    match &composed {
        Ok(composition) => {
            let sdl = &composition.supergraph_sdl;
            let graph = Graph::from_sdl(sdl).unwrap_or_else(|errors| panic!("{errors:?}\n{sdl}"));
            assert_eq!(graph.subgraphs().len(), subgraphs.len());
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(!error.locations.is_empty(), "{error}");
            }
        }
    }
    subgraphs.reverse();
    assert_eq!(compose(&subgraphs), composed);
});
