//! The shop as four schemas, each with what it owns.

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Schema};

use crate::data;

type Part<Q> = Schema<Q, EmptyMutation, EmptySubscription>;

fn schema<Q: async_graphql::ObjectType + 'static>(query: Q) -> Part<Q> {
    Schema::build(query, EmptyMutation, EmptySubscription).enable_federation().finish()
}

fn number(id: &ID) -> Option<usize> {
    id.parse().ok()
}

pub(crate) mod people {
    use super::{ID, Object, Part, data, number, schema};

    pub(crate) fn part() -> Part<Query> {
        schema(Query)
    }

    pub(crate) struct Query;
    struct Person(usize);

    #[Object]
    impl Query {
        async fn people(&self) -> Vec<Person> {
            (0..data::PEOPLE).map(Person).collect()
        }

        #[graphql(entity)]
        async fn person(&self, id: ID) -> Option<Person> {
            number(&id).map(Person)
        }
    }

    #[Object]
    impl Person {
        async fn id(&self) -> ID {
            self.0.into()
        }

        async fn name(&self) -> String {
            data::name(self.0)
        }

        async fn username(&self) -> String {
            data::username(self.0)
        }
    }
}

pub(crate) mod products {
    use super::{ID, Object, Part, data, number, schema};

    pub(crate) fn part() -> Part<Query> {
        schema(Query)
    }

    pub(crate) struct Query;
    struct Product(usize);
    struct Person(usize);

    #[Object]
    impl Query {
        async fn featured(&self) -> Vec<Product> {
            (0..data::PRODUCTS).map(Product).collect()
        }

        #[graphql(entity)]
        async fn product(&self, id: ID) -> Option<Product> {
            number(&id).map(Product)
        }
    }

    #[Object]
    impl Product {
        async fn id(&self) -> ID {
            self.0.into()
        }

        async fn title(&self) -> String {
            data::title(self.0)
        }

        async fn price(&self) -> i32 {
            data::price(self.0)
        }

        async fn weight(&self) -> f64 {
            data::weight(self.0)
        }

        async fn maker(&self) -> Person {
            Person(data::maker(self.0))
        }
    }

    #[Object(unresolvable = "id")]
    impl Person {
        async fn id(&self) -> ID {
            self.0.into()
        }
    }
}

pub(crate) mod stock {
    use super::{ID, Object, Part, data, number, schema};

    pub(crate) fn part() -> Part<Query> {
        schema(Query)
    }

    pub(crate) struct Query;
    struct Product {
        number: usize,
        price: Option<i32>,
        weight: Option<f64>,
    }

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn product(
            &self,
            #[graphql(key)] id: ID,
            price: Option<i32>,
            weight: Option<f64>,
        ) -> Option<Product> {
            Some(Product { number: number(&id)?, price, weight })
        }
    }

    #[Object]
    impl Product {
        async fn id(&self) -> ID {
            self.number.into()
        }

        #[graphql(external)]
        async fn price(&self) -> Option<i32> {
            self.price
        }

        #[graphql(external)]
        async fn weight(&self) -> Option<f64> {
            self.weight
        }

        async fn available(&self) -> bool {
            data::available(self.number)
        }

        #[graphql(requires = "price weight")]
        async fn shipping_estimate(&self) -> Option<i32> {
            Some(data::shipping(self.price?, self.weight?))
        }
    }
}

pub(crate) mod reviews {
    use super::{ID, Object, Part, data, number, schema};

    pub(crate) fn part() -> Part<Query> {
        schema(Query)
    }

    pub(crate) struct Query;
    struct Review(usize);
    struct Person(usize);
    struct Product(usize);

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn person(&self, id: ID) -> Option<Person> {
            number(&id).map(Person)
        }

        #[graphql(entity)]
        async fn product(&self, id: ID) -> Option<Product> {
            number(&id).map(Product)
        }
    }

    #[Object]
    impl Review {
        async fn id(&self) -> ID {
            self.0.into()
        }

        async fn body(&self) -> String {
            data::body(self.0)
        }

        async fn stars(&self) -> i32 {
            data::stars(self.0)
        }

        async fn author(&self) -> Person {
            Person(data::author(self.0))
        }

        async fn product(&self) -> Product {
            Product(data::product_of(self.0))
        }
    }

    #[Object]
    impl Person {
        async fn id(&self) -> ID {
            self.0.into()
        }

        async fn reviews(&self) -> Vec<Review> {
            data::reviews_by(self.0).map(Review).collect()
        }
    }

    #[Object]
    impl Product {
        async fn id(&self) -> ID {
            self.0.into()
        }

        async fn reviews(&self) -> Vec<Review> {
            data::reviews_of(self.0).map(Review).collect()
        }
    }
}
