//! The data behind the workload, and a resolver that shows it through a schema.

use std::collections::BTreeMap;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::Schema;
use apollo_compiler::resolvers::{Execution, ExecutionError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use serde_json::{Map, Value, json};

use crate::Failure;

const PEOPLE: usize = 8;
const PRODUCTS: usize = 9;
const REVIEWS: usize = 35;
const SECTIONS: usize = 120;
const ENTRIES: usize = 320;

/// Objects by type and id; `{"$": "Product:3"}` stands for one of them.
pub(crate) struct World {
    objects: BTreeMap<String, Map<String, Value>>,
}

fn reference(ty: &str, id: usize) -> Value {
    json!({ "$": format!("{ty}:{id}") })
}

impl World {
    /// The shop of four services.
    pub(crate) fn shop() -> Self {
        let mut world = Self { objects: BTreeMap::new() };
        let all = |ty: &str, count: usize| (0..count).map(|id| reference(ty, id)).collect::<Vec<_>>();
        world.add("Query", json!({ "people": all("Person", PEOPLE), "featured": all("Product", PRODUCTS) }));
        let reviews_by = |has: &dyn Fn(usize) -> bool| {
            (0..REVIEWS).filter(|id| has(*id)).map(|id| reference("Review", id)).collect::<Vec<_>>()
        };
        for id in 0..PEOPLE {
            world.add(
                &format!("Person:{id}"),
                json!({
                    "id": format!("{id}"), "name": format!("Person {id} of the Shop"),
                    "username": format!("person-{id}"), "city": if id.is_multiple_of(3) { Value::Null } else { json!(format!("City {id}")) },
                    "reviews": reviews_by(&|review| review % PEOPLE == id),
                }),
            );
        }
        for id in 0..PRODUCTS {
            world.add(
                &format!("Product:{id}"),
                json!({
                    "id": format!("{id}"), "title": format!("Product {id}, a Thing of Use"), "price": 199 + 731 * id,
                    "weight": 0.25 + id as f64, "maker": reference("Person", id % PEOPLE), "available": !id.is_multiple_of(4),
                    "quantity": 13 * id, "shippingEstimate": (1 + id) * 50,
                    "reviews": reviews_by(&|review| review * 5 % PRODUCTS == id),
                }),
            );
        }
        for id in 0..REVIEWS {
            world.add(
                &format!("Review:{id}"),
                json!({
                    "id": format!("{id}"), "body": format!("Review {id}: does what it should, and looks good."),
                    "stars": 1 + id % 5, "author": reference("Person", id % PEOPLE),
                    "product": reference("Product", id * 5 % PRODUCTS),
                }),
            );
        }
        world
    }

    /// About 8 MiB in one service.
    pub(crate) fn catalogue() -> Self {
        let entry = |section: usize, id: usize| {
            let number = section * ENTRIES + id;
            json!({
                "id": format!("entry-{number}"),
                "text": format!("Entry {id} of section {section}: a text of some length, with \"quotes\" and an Ångström, as catalogues have them."),
                "note": if id.is_multiple_of(4) { Value::Null } else { json!(format!("note {number}")) },
                "ratings": [number as f64 / 7.0, 0.5, -3.25],
                "weight": number as f64 / 16.0,
            })
        };
        let section = |section: usize| {
            json!({
                "name": format!("Section {section}"),
                "entries": (0..ENTRIES).map(|id| entry(section, id)).collect::<Vec<_>>(),
            })
        };
        let mut world = Self { objects: BTreeMap::new() };
        world.add("Query", json!({ "catalogue": (0..SECTIONS).map(section).collect::<Vec<_>>() }));
        world
    }

    fn add(&mut self, name: &str, fields: Value) {
        if let Value::Object(fields) = fields {
            self.objects.insert(name.to_owned(), fields);
        }
    }

    /// What a server with this data and schema answers.
    pub(crate) fn answer(
        &self,
        schema: &Valid<Schema>,
        query: &str,
        variables: &Value,
    ) -> Result<Vec<u8>, Failure> {
        let document = ExecutableDocument::parse_and_validate(schema, query, "query.graphql")
            .map_err(|invalid| invalid.errors.to_string())?;
        let operation = document.operations.iter().next().ok_or("there is no operation")?;
        let variables: JsonMap = serde_json::from_value(variables.clone())?;
        let fields = self.objects.get("Query").ok_or("there is no root object")?;
        let response = Execution::new(schema, &document)
            .operation(operation)
            .raw_variable_values(&variables)
            .execute_sync(&Shown { world: self, ty: "Query", fields })
            .map_err(|error| error.message().to_string())?;
        if !response.errors.is_empty() {
            return Err(format!("the answer to {query} has errors: {:?}", response.errors).into());
        }
        #[derive(serde::Serialize)]
        struct Body<T> {
            data: T,
        }
        Ok(serde_json::to_vec(&Body { data: response.data })?)
    }

    fn object(&self, name: &str) -> Result<ResolvedValue<'_>, ExecutionError> {
        let found = self.objects.get_key_value(name);
        let (name, fields) = found.ok_or_else(|| failure(format!("there is no object `{name}`")))?;
        let ty = name.split(':').next().unwrap_or_default();
        Ok(ResolvedValue::Object(Box::new(Shown { world: self, ty, fields })))
    }

    fn value<'a>(&'a self, value: &'a Value, ty: &'a str) -> Result<ResolvedValue<'a>, ExecutionError> {
        match value {
            Value::Array(items) => {
                Ok(ResolvedValue::List(Box::new(items.iter().map(move |item| self.value(item, ty)))))
            }
            Value::Object(fields) => match fields.get("$").and_then(Value::as_str) {
                Some(name) => self.object(name),
                None => Ok(ResolvedValue::Object(Box::new(Shown { world: self, ty, fields }))),
            },
            leaf => {
                let leaf =
                    serde_json::from_value(leaf.clone()).map_err(|error| failure(error.to_string()))?;
                Ok(ResolvedValue::Leaf(leaf))
            }
        }
    }
}

fn failure(message: String) -> ExecutionError {
    ExecutionError { message }
}

/// An object through a schema.
struct Shown<'a> {
    world: &'a World,
    ty: &'a str,
    fields: &'a Map<String, Value>,
}

impl ObjectValue for Shown<'_> {
    fn type_name(&self) -> &str {
        self.ty
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, ExecutionError> {
        if info.field_name() == "_entities" {
            let arguments =
                serde_json::to_value(info.arguments()).map_err(|error| failure(error.to_string()))?;
            let described = arguments["representations"].as_array().cloned().unwrap_or_default();
            let entities = described.into_iter().map(|described| {
                let (ty, id) = (described["__typename"].as_str(), described["id"].as_str());
                self.world.object(&format!("{}:{}", ty.unwrap_or_default(), id.unwrap_or_default()))
            });
            return Ok(ResolvedValue::List(Box::new(entities)));
        }
        let value = self.fields.get(info.field_name());
        let value = value.ok_or_else(|| failure(format!("`{}` has no value", info.field_name())))?;
        self.world.value(value, info.field_definition().ty.inner_named_type())
    }
}
