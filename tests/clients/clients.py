"""The client for Python, gql, against a running gateway. GATEWAY is its URL."""

import asyncio
import os

from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport

URL = os.environ["GATEWAY"]
PRODUCT = "query Product($id: ID!) { product(id: $id) { name reviews { stars } } }"
TABLE = {"product": {"name": "Table", "reviews": [{"stars": 5}, {"stars": 2}]}}
ARRIVALS = "subscription { arrivals { note product { name } } }"


def request(text, **variables):
    return GraphQLRequest(text, variable_values=variables)


def websockets(url):
    # Without this the transport, which looks for the header in mixed case only, speaks a protocol of its own choice.
    return WebsocketsTransport(url=url, subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL])


async def asks(transport):
    async with Client(transport=transport) as session:
        assert await session.execute(request(PRODUCT, id="1")) == TABLE
        try:
            await session.execute(request("{ product(id: 1) { price } }"))
        except TransportQueryError as error:
            assert "does not have a field `price`" in str(error), error
        else:
            raise AssertionError("an answer to a refused query")


async def follows(transport):
    async with Client(transport=transport) as session:
        events = 0
        async for event in session.subscribe(request(ARRIVALS)):
            assert event["arrivals"]["note"] == "fresh", event
            assert event["arrivals"]["product"]["name"] in ("Table", "Chair"), event
            events += 1
            if events == 2:
                break


async def lists(transport):
    async with Client(transport=transport) as session:
        answers = await session.execute_batch([request(PRODUCT, id="1"), request("{ product(id: 2) { name } }")])
        assert answers == [TABLE, {"product": {"name": "Chair"}}], answers


async def fetches_schema():
    async with Client(transport=AIOHTTPTransport(url=URL), fetch_schema_from_transport=True) as session:
        assert await session.execute(gql("{ product(id: 2) { name } }")) == {"product": {"name": "Chair"}}
        assert session.client.schema.subscription_type.name == "Subscription"


async def main():
    socket = URL.replace("http", "ws")
    steps = {
        "aiohttp asks": lambda: asks(AIOHTTPTransport(url=URL)),
        "httpx asks": lambda: asks(HTTPXAsyncTransport(url=URL)),
        "aiohttp lists requests": lambda: lists(AIOHTTPTransport(url=URL)),
        "aiohttp fetches the schema": fetches_schema,
        "aiohttp asks over a WebSocket": lambda: asks(AIOHTTPWebsocketsTransport(url=socket)),
        "aiohttp follows over a WebSocket": lambda: follows(AIOHTTPWebsocketsTransport(url=socket)),
        "websockets asks": lambda: asks(websockets(socket)),
        "websockets follows": lambda: follows(websockets(socket)),
    }
    for name, step in steps.items():
        await asyncio.wait_for(step(), 20)
        print(f"ok gql: {name}")


asyncio.run(main())
