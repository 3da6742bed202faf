//! Gateways, subgraphs and clients for tests, each on a port of its own.

mod authority;
mod browser;
mod client;
mod files;
mod gateway;
mod news;
mod redis;
mod shop;
mod socket;
mod tokens;

pub(crate) use authority::{Authority, Identity};
pub(crate) use browser::Page;
pub(crate) use client::{Client, Reply};
pub(crate) use files::Files;
pub(crate) use gateway::{TestGateway, compose, engine, graph_of, serve_router};
pub(crate) use news::{News, news_by};
pub(crate) use redis::Redis;
pub(crate) use shop::{PRODUCTS, REVIEWS, Shop};
pub(crate) use socket::{PROTOCOL, Socket};
pub(crate) use tokens::{
    INTERNAL_SECRET, caller_config, token, token_signed_with, token_with_roles, token_with_roles_and_scope,
    token_with_scope,
};
