//! Random subgraphs, made so that every question of the walk comes up.

use std::fmt::Write as _;

use rand::RngExt;
use rand_pcg::Pcg64;

use crate::compose::SubgraphSdl;

const SUBGRAPHS: usize = 4;
const TYPES: usize = 3;
const PARTS: usize = 3;

const HEAD: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\", \
                    import: [\"@key\", \"@shareable\", \"@requires\", \"@provides\", \"@external\"])\n";

/// What each subgraph knows of what several know.
struct World {
    /// By subgraph and entity.
    entities: Vec<Vec<bool>>,
    /// By subgraph the values it knows; `None` if it knows nothing of them.
    parts: Vec<Option<Vec<Part>>>,
    /// The subgraphs that know the interface of entities.
    nodes: Vec<bool>,
    /// By subgraph and entity whether the subgraph resolves the field that leads to such a value, and the one that
    /// leads to any entity.
    has_part: Vec<Vec<bool>>,
    has_node: Vec<Vec<bool>>,
}

/// A value without keys.
struct Part {
    number: usize,
    /// Whether the subgraph has a field of its own of it.
    has_own: bool,
}

impl World {
    fn random(random: &mut Pcg64) -> Self {
        let mut yes = |chance: usize| random.random_range(0..100) < chance;
        let has_parts = yes(50);
        let mut by_type = |chance| (0..TYPES).map(|_| yes(chance)).collect::<Vec<bool>>();
        let entities: Vec<_> = (0..SUBGRAPHS).map(|_| by_type(70)).collect();
        let has_part = (0..SUBGRAPHS).map(|_| by_type(60)).collect();
        let has_node = (0..SUBGRAPHS).map(|_| by_type(25)).collect();
        // All that know the interface know the first of the entities.
        let nodes = entities.iter().map(|known| known[0] && yes(60)).collect();
        let parts = (0..SUBGRAPHS).map(|_| {
            // The first of the values is known to all that know any.
            let numbers: Vec<usize> = (0..PARTS).filter(|part| *part == 0 || yes(50)).collect();
            let parts = numbers.into_iter().map(|number| Part { number, has_own: yes(40) }).collect();
            Some(parts).filter(|_| has_parts && yes(85))
        });
        let mut world = Self { entities, parts: parts.collect(), nodes, has_part, has_node };
        if yes(15) {
            world.set_apart(random.random_range(0..SUBGRAPHS));
        }
        world
    }

    /// Has one subgraph require of a value what another has apart from those who return such values, one of which
    /// never returns this one.
    fn set_apart(&mut self, own: usize) {
        let [all, some, apart] = [1, 2, 3].map(|step| (own + step) % SUBGRAPHS);
        let known = |number| Part { number, has_own: false };
        for subgraph in [own, all, some, apart] {
            self.parts[subgraph] = Some(vec![known(0), known(1)]);
            self.has_part[subgraph] = vec![subgraph == all || subgraph == some; TYPES];
            self.entities[subgraph][0] = true;
        }
        self.parts[some] = Some(vec![known(0)]);
        self.parts[apart] = Some(vec![known(0), Part { number: 1, has_own: true }]);
    }

    fn resolves_part(&self, own: usize, ty: usize) -> bool {
        self.entities[own][ty] && self.parts[own].is_some() && self.has_part[own][ty]
    }

    fn resolves_node(&self, own: usize, ty: usize) -> bool {
        self.entities[own][ty] && self.nodes[own] && self.has_node[own][ty]
    }

    /// Whether only others than this subgraph resolve the field that leads to a value.
    fn lacks_part(&self, own: usize, ty: usize) -> bool {
        self.entities[own][ty]
            && !self.resolves_part(own, ty)
            && (0..SUBGRAPHS).any(|other| self.resolves_part(other, ty))
    }

    fn lacks_node(&self, own: usize, ty: usize) -> bool {
        self.entities[own][ty]
            && !self.resolves_node(own, ty)
            && (0..SUBGRAPHS).any(|other| self.resolves_node(other, ty))
    }

    /// A value that a subgraph knows and another one has a field of; one that lies apart from the field that leads to
    /// such values comes first.
    fn field_elsewhere(&self, own: usize, ty: usize) -> Option<(usize, usize)> {
        let known = |number| self.parts[own].iter().flatten().any(|part| part.number == number);
        let others = (0..SUBGRAPHS).filter(|other| *other != own);
        let parts =
            others.flat_map(|other| self.parts[other].iter().flatten().map(move |part| (part, other)));
        parts
            .filter(|(part, _)| part.has_own && known(part.number))
            .map(|(part, other)| (part.number, other))
            .min_by_key(|(_, other)| self.resolves_part(*other, ty))
    }
}

/// Subgraphs with entities under various keys, values shared in parts, requirements, also of objects of several
/// types, provided fields, and interfaces and a union of which each knows some of the types.
pub(super) fn random_subgraphs(random: &mut Pcg64) -> Vec<SubgraphSdl> {
    let world = World::random(random);
    (0..SUBGRAPHS)
        .map(|own| SubgraphSdl {
            name: format!("s{own}"),
            url: String::new(),
            sdl: random_subgraph(random, own, &world),
        })
        .collect()
}

fn random_subgraph(random: &mut Pcg64, own: usize, world: &World) -> String {
    let types: Vec<usize> = (0..TYPES).filter(|ty| world.entities[own][*ty]).collect();
    let mut sdl = String::from(HEAD);
    writeln!(sdl, "type V @shareable {{ a{own}: Int }}").unwrap();
    let mut query = String::from("own: Int @shareable");
    let abstracts = world.nodes[own];
    if abstracts {
        sdl.push_str("interface Node { id: ID }\n");
        query.push_str(" node: Node @shareable");
    }
    let parts = world.parts[own].is_some();
    let lacking = types.iter().find(|ty| world.lacks_part(own, **ty));
    let elsewhere = lacking.and_then(|ty| world.field_elsewhere(own, *ty));
    if let Some(parts) = &world.parts[own] {
        write_parts(own, parts, elsewhere, &mut sdl);
    }
    if parts && random.random_range(0..2) == 0 {
        query.push_str(" part: Part @shareable piece: Piece @shareable");
    }
    let has_entity = |other: usize, ty: usize| other != own && world.entities[other][ty];
    let bodies: Vec<String> = types
        .iter()
        .map(|ty| {
            let others: Vec<usize> = (0..SUBGRAPHS).filter(|other| has_entity(*other, *ty)).collect();
            random_type(random, own, *ty, &types, &others)
        })
        .collect();
    let other_node = other_node(&bodies).filter(|_| abstracts);
    let mut owner = false;
    for (ty, mut body) in types.iter().zip(bodies) {
        let mut interfaces = Vec::new();
        interfaces.extend(Some("Node").filter(|_| abstracts && body.contains(" id: ID ")));
        let mut add = |fields: String| body = body.replacen(" { ", &format!(" {{ {fields} "), 1);
        if world.resolves_node(own, *ty) {
            add("node: Node @shareable".to_owned());
        } else if let Some(required) = other_node.as_ref().filter(|_| world.lacks_node(own, *ty)) {
            add(format!("node: Node @external w{own}: Int @requires(fields: \"node {{ {required} }}\")"));
        }
        if world.resolves_part(own, *ty) {
            add("part: Part @shareable".to_owned());
            interfaces.push("Owner");
            owner |= *ty == 0;
        } else if let Some((part, other)) = elsewhere.filter(|_| world.lacks_part(own, *ty)) {
            let required = format!("part {{ ... on P{part} {{ a{other} }} }}");
            add(format!("part: Part @external h{own}: Int @requires(fields: \"{required}\")"));
        }
        if !interfaces.is_empty() {
            let name = format!("type T{ty}");
            body = body.replacen(&name, &format!("{name} implements {}", interfaces.join(" & ")), 1);
        }
        sdl.push_str(&body);
        if random.random_range(0..3) == 0 {
            write!(query, " q{own}_{ty}: T{ty}").unwrap();
        }
    }
    if parts {
        sdl.push_str("interface Owner { part: Part }\n");
    }
    if owner {
        query.push_str(" owner: Owner @shareable");
    }
    writeln!(sdl, "type Query {{ {query} }}").unwrap();
    sdl
}

/// Values without keys behind an interface and in a union; of one of them a field that another subgraph has.
fn write_parts(own: usize, parts: &[Part], elsewhere: Option<(usize, usize)>, sdl: &mut String) {
    for Part { number, has_own } in parts {
        write!(sdl, "type P{number} implements Part {{ p: Int @shareable ").unwrap();
        if *has_own {
            write!(sdl, "a{own}: Int @shareable ").unwrap();
        }
        if let Some((_, other)) = elsewhere.filter(|(part, _)| part == number) {
            write!(sdl, "a{other}: Int @external ").unwrap();
        }
        sdl.push_str("}\n");
    }
    let names: Vec<String> = parts.iter().map(|part| format!("P{}", part.number)).collect();
    writeln!(sdl, "interface Part {{ p: Int }} union Piece = {}", names.join(" | ")).unwrap();
}

/// What is asked of any entity to get what only one has, in another subgraph.
fn other_node(bodies: &[String]) -> Option<String> {
    bodies.iter().find_map(|body| {
        let (before, _) = body.split_once(": Int @external g").filter(|_| body.contains(" id: ID "))?;
        let name = body.strip_prefix("type ")?.split(' ').next()?;
        Some(format!("... on {name} {{ {} }}", before.rsplit(' ').next()?))
    })
}

fn random_type(random: &mut Pcg64, own: usize, ty: usize, types: &[usize], others: &[usize]) -> String {
    let mut head = format!("type T{ty}");
    let mut body = format!("f{own}: Int @shareable ");
    for key in ["id", "code"] {
        let role = random.random_range(0..16);
        if role < 15 {
            write!(body, "{key}: ID @shareable ").unwrap();
        }
        match role {
            0..13 => write!(head, " @key(fields: \"{key}\")").unwrap(),
            13 => write!(head, " @key(fields: \"{key}\", resolvable: false)").unwrap(),
            _ => {}
        }
    }
    if random.random_range(0..3) == 0 {
        body.push_str("v: V @shareable ");
    }
    let target = types[random.random_range(0..types.len())];
    if random.random_range(0..2) == 0 {
        write!(body, "r{own}: T{target} ").unwrap();
    }
    if let Some(other) = others.first().filter(|_| random.random_range(0..2) == 0) {
        write!(body, "f{other}: Int @external g{own}: Int @requires(fields: \"f{other}\") ").unwrap();
        if random.random_range(0..2) == 0 {
            write!(body, "p{own}: T{ty} @provides(fields: \"f{other}\") ").unwrap();
        }
    }
    format!("{head} {{ {body}}}\n")
}
