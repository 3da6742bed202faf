//! The stored operations, and variables for them that name units of the demo data.

use std::collections::BTreeMap;

use sea_orm::DatabaseConnection;
use serde_json::{Map, Value};

use super::{Reply, root, rows};

/// The names of the stored queries: of the files in `schema/operations` that are no subscriptions.
pub(crate) fn operations() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("schema/operations")).unwrap().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        !text.lines().any(|line| line.starts_with("subscription "))
    });
    let mut names: Vec<String> =
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// A stored operation as the gateway lists it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    /// The variables without a default value.
    required: Vec<String>,
}

impl Operation {
    /// The queries of the list a gateway gives.
    pub(crate) fn list(reply: &Reply) -> Vec<Self> {
        let json = reply.json();
        let operation = |entry: &Value| {
            let variables = entry["variables"].as_array().unwrap().iter();
            let required = variables.filter(|variable| variable["required"] == true);
            Self {
                id: entry["id"].as_str().unwrap().to_owned(),
                required: required.map(|variable| variable["name"].as_str().unwrap().to_owned()).collect(),
            }
        };
        let listed = json["operations"].as_array().unwrap_or_else(|| panic!("{reply}")).iter();
        listed.filter(|entry| entry["kind"] == "query").map(operation).collect()
    }

    /// Its required variables, out of those that name the units of a network.
    pub(crate) fn variables(&self, units: &Units) -> Value {
        let value = |name: &String| {
            let value = units.0.get(name.as_str()).unwrap_or_else(|| {
                panic!("the tests know no value for `${name}` of the stored operation `{}`", self.id)
            });
            (name.clone(), Value::from(value.as_str()))
        };
        Value::Object(self.required.iter().map(value).collect::<Map<_, _>>())
    }
}

/// Units of one network by the names of the variables that ask for them, and the person who owns all of them.
#[derive(Clone, Debug)]
pub(crate) struct Units(BTreeMap<&'static str, String>);

impl Units {
    /// Of both networks: with the whole network as `unit`.
    pub(crate) async fn of_networks(networks: &DatabaseConnection) -> Vec<Self> {
        let sql = "select n.code, cast(n.id as text), cast(r.id as text), cast(g.id as text), l.code,
                cast(l.id as text), cast(m.person_id as text)
            from networks n
            join regions r on r.id = (select id from regions where network_id = n.id order by code limit 1)
            join location_groups g on g.id = (select id from location_groups where region_id = r.id order by code limit 1)
            join locations l on l.id = (select id from locations where group_id = g.id order by code limit 1)
            join memberships m on m.unit_id = n.id and m.role = 'OWNER'
            order by n.code";
        let row = |[slug, network, region, group, code, location, owner]: [String; 7]| {
            Self(BTreeMap::from([
                ("unit", network.clone()),
                ("slug", slug),
                ("network", network),
                ("region", region),
                ("group", group),
                ("code", code),
                ("location", location),
                ("person", owner),
            ]))
        };
        rows::<7>(networks, sql).await.into_iter().map(row).collect()
    }

    /// The same with a unit of another level as `unit`.
    pub(crate) fn at(&self, level: &str) -> Self {
        let mut units = self.clone();
        units.0.insert("unit", self[level].clone());
        units
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl std::ops::Index<&str> for Units {
    type Output = String;

    fn index(&self, name: &str) -> &String {
        self.0.get(name).unwrap_or_else(|| panic!("units have no `{name}`"))
    }
}
