//! What the shop knows.

pub(crate) const PEOPLE: usize = 8;
pub(crate) const PRODUCTS: usize = 9;
pub(crate) const REVIEWS: usize = 35;

pub(crate) fn name(person: usize) -> String {
    format!("Person {person} of the Shop")
}

pub(crate) fn username(person: usize) -> String {
    format!("person-{person}")
}

pub(crate) fn title(product: usize) -> String {
    format!("Product {product}, a Thing of Use")
}

pub(crate) fn price(product: usize) -> i32 {
    199 + 731 * product as i32
}

pub(crate) fn weight(product: usize) -> f64 {
    0.25 + product as f64
}

pub(crate) fn maker(product: usize) -> usize {
    product % PEOPLE
}

pub(crate) fn available(product: usize) -> bool {
    !product.is_multiple_of(4)
}

pub(crate) fn shipping(price: i32, weight: f64) -> i32 {
    if price > 1000 { 0 } else { (weight * 50.0) as i32 }
}

pub(crate) fn body(review: usize) -> String {
    format!("Review {review}: does what it should, and looks good.")
}

pub(crate) fn stars(review: usize) -> i32 {
    1 + review as i32 % 5
}

pub(crate) fn author(review: usize) -> usize {
    review % PEOPLE
}

pub(crate) fn product_of(review: usize) -> usize {
    review * 5 % PRODUCTS
}

pub(crate) fn reviews_by(person: usize) -> impl Iterator<Item = usize> {
    (0..REVIEWS).filter(move |review| author(*review) == person)
}

pub(crate) fn reviews_of(product: usize) -> impl Iterator<Item = usize> {
    (0..REVIEWS).filter(move |review| product_of(*review) == product)
}
