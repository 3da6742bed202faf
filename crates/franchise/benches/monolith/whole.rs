//! The shop as one schema.

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Schema};

use crate::data;

pub(crate) type Whole = Schema<Query, EmptyMutation, EmptySubscription>;

pub(crate) fn schema() -> Whole {
    Schema::new(Query, EmptyMutation, EmptySubscription)
}

pub(crate) struct Query;
struct Person(usize);
struct Product(usize);
struct Review(usize);

#[Object]
impl Query {
    async fn people(&self) -> Vec<Person> {
        (0..data::PEOPLE).map(Person).collect()
    }

    async fn featured(&self) -> Vec<Product> {
        (0..data::PRODUCTS).map(Product).collect()
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

    async fn reviews(&self) -> Vec<Review> {
        data::reviews_by(self.0).map(Review).collect()
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

    async fn available(&self) -> bool {
        data::available(self.0)
    }

    async fn shipping_estimate(&self) -> i32 {
        data::shipping(data::price(self.0), data::weight(self.0))
    }

    async fn reviews(&self) -> Vec<Review> {
        data::reviews_of(self.0).map(Review).collect()
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
