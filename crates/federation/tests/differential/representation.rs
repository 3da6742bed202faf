//! Representations held against the world.

use serde_json::{Map, Value as Json};

use super::model::{Model, Pick, Subgraph};
use super::world::{ENTITIES, Object, Value, World};

/// What a representation stands for.
pub(super) enum Entity {
    Found(Object),
    Wrong(String),
}

type Described = Map<String, Json>;

/// The entity that a representation describes to a subgraph.
pub(super) fn find_entity(model: &Model, world: &World, subgraph: Subgraph, described: &Described) -> Entity {
    let Some(name) = described.get("__typename").and_then(Json::as_str) else {
        return Entity::Wrong("a representation without a type".to_owned());
    };
    let home = model.types.get(name).and_then(|ty| ty.homes.get(&subgraph));
    let Some(home) = home.filter(|home| !home.keys.is_empty()) else {
        return Entity::Wrong(format!("`{name}` is no entity here"));
    };
    let ty = &model.types[name];
    let resolvable = home.keys.iter().filter(|(_, resolvable)| **resolvable);
    let keys: Vec<&Vec<Pick>> = resolvable.map(|(key, _)| &ty.keys[*key]).collect();
    let mut problem = "no key is complete and true".to_owned();
    for member in model.possible(name) {
        for id in 0..ENTITIES {
            let object = Object { ty: member.to_owned(), id };
            if !keys.iter().any(|key| lacks(model, world, &object, key, described).is_none()) {
                continue;
            }
            match contradicts(model, world, &object, described) {
                None => return Entity::Found(object),
                Some(field) => problem = format!("`{field}` is not true of {object:?}"),
            }
        }
    }
    Entity::Wrong(problem)
}

/// What of a field set a representation lacks or has wrong.
pub(super) fn lacks(
    model: &Model,
    world: &World,
    object: &Object,
    picks: &[Pick],
    described: &Described,
) -> Option<String> {
    for pick in picks {
        let applies = |on: &String| *on == object.ty || model.types[&object.ty].interfaces.contains(on);
        if !pick.on.as_ref().is_none_or(applies) {
            continue;
        }
        let truth = world.value(model, object, &pick.name, &arguments(model, object, pick));
        let Some(given) = described.get(&pick.name) else { return Some(format!("no `{}`", pick.name)) };
        if let Some(problem) = differs(model, world, &truth, &pick.below, given) {
            return Some(format!("`{}` {problem}", pick.name));
        }
    }
    None
}

/// The arguments of a field in a field set as the server would see them.
fn arguments(model: &Model, object: &Object, pick: &Pick) -> Json {
    let given = pick.arguments.trim_matches(['(', ')']);
    let given: Vec<(&str, &str)> = given.split(", ").filter_map(|part| part.split_once(": ")).collect();
    let Some(field) = model.types[&object.ty].fields.get(&pick.name) else { return Json::Null };
    let mut arguments = Map::new();
    for (name, argument) in &field.arguments {
        let literal = given.iter().find(|(known, _)| known == name).map(|(_, text)| (*text).to_owned());
        if let Some(text) = literal.or_else(|| argument.default.clone()) {
            arguments.insert(name.clone(), serde_json::from_str(&text).expect("a simple literal"));
        }
    }
    Json::Object(arguments)
}

fn differs(model: &Model, world: &World, truth: &Value, below: &[Pick], given: &Json) -> Option<String> {
    match (truth, given) {
        (Value::Null, Json::Null) => None,
        (Value::Leaf(truth), given) if truth == given => None,
        (Value::List(truths), Json::Array(items)) if truths.len() == items.len() => {
            truths.iter().zip(items).find_map(|(truth, item)| differs(model, world, truth, below, item))
        }
        (Value::Object(object), Json::Object(fields)) => lacks(model, world, object, below, fields),
        (truth, given) => Some(format!("is {given} instead of {truth:?}")),
    }
}

/// A field of a representation that is not true. Fields with arguments are left to whom they are for.
fn contradicts(model: &Model, world: &World, object: &Object, described: &Described) -> Option<String> {
    described.iter().find_map(|(name, given)| {
        let field = model.types[&object.ty].fields.get(name)?;
        if !field.arguments.is_empty() {
            return None;
        }
        let truth = world.value(model, object, name, &Json::Object(Map::new()));
        (!matches(model, world, &truth, given)).then(|| name.clone())
    })
}

fn matches(model: &Model, world: &World, truth: &Value, given: &Json) -> bool {
    match (truth, given) {
        (Value::Null, Json::Null) => true,
        (Value::Leaf(truth), given) => truth == given,
        (Value::List(truths), Json::Array(items)) => {
            truths.len() == items.len()
                && truths.iter().zip(items).all(|(truth, item)| matches(model, world, truth, item))
        }
        (Value::Object(object), Json::Object(fields)) => {
            let told = fields.get("__typename").and_then(Json::as_str);
            told.is_none_or(|told| told == object.ty || model.types[&object.ty].interfaces.contains(told))
                && contradicts(model, world, object, fields).is_none()
        }
        _ => false,
    }
}
