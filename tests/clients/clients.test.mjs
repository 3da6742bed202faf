// Clients for JavaScript against a running gateway, each used as its own documentation says. GATEWAY is its URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, createClient as createUrql, fetchExchange, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { GraphQLClient, rawRequest } from 'graphql-request';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import relay from 'relay-runtime';
import WebSocket from 'ws';

// Browsers have it; clients that look for it here find it too.
globalThis.WebSocket ??= WebSocket;

const url = process.env.GATEWAY;
const socketUrl = url.replace('http', 'ws');
const PRODUCT = 'query Product($id: ID!) { product(id: $id) { name reviews { stars } } }';
const TABLE = { product: { name: 'Table', reviews: [{ stars: 5 }, { stars: 2 }] } };
const ARRIVALS = 'subscription Arrivals { arrivals { note product { id name } } }';

// Without what clients add for themselves.
const plain = (value) => JSON.parse(JSON.stringify(value, (key, inner) => (key === '__typename' ? undefined : inner)));

// How many requests were made, and with which methods.
function counting() {
  const seen = [];
  const counted = (input, init) => {
    seen.push(init?.method ?? 'GET');
    return fetch(input, init);
  };
  return { seen, fetch: counted };
}

function isArrival(data) {
  const { note, product } = plain(data).arrivals;
  assert.equal(note, 'fresh');
  assert.ok(['Table', 'Chair'].includes(product.name), product.name);
}

function apollo(link, options = {}) {
  return new ApolloClient({ link, cache: new InMemoryCache(), ...options });
}

// The first two values of something that is observed.
function two(observable) {
  return new Promise((resolve, reject) => {
    const values = [];
    const subscription = observable.subscribe({
      next(value) {
        values.push(value);
        if (values.length === 2) {
          // Not within the call: urql does not catch what its own abort makes of the body that it still reads then.
          setImmediate(() => {
            subscription.unsubscribe();
            resolve(values.slice(0, 2));
          });
        }
      },
      error: reject,
      complete: () => reject(new Error(`completed after ${values.length} values`)),
    });
  });
}

test('Apollo Client asks and reads errors', async () => {
  const client = apollo(new HttpLink({ uri: url }));
  const { data } = await client.query({ query: gql(PRODUCT), variables: { id: '1' } });
  assert.deepEqual(plain(data), TABLE);
  await assert.rejects(client.query({ query: gql('{ product(id: 1) { price } }') }), /does not have a field `price`/);
  const renamed = await client.mutate({ mutation: gql('mutation { rename(id: 1, name: "Desk") { name } }') });
  assert.deepEqual(plain(renamed.data), { rename: { name: 'Desk' } });
});

test('Apollo Client follows a subscription over multipart', async () => {
  const client = apollo(new HttpLink({ uri: url }));
  for (const { data } of await two(client.subscribe({ query: gql(ARRIVALS) }))) isArrival(data);
});

test('Apollo Client follows a subscription over a WebSocket', async () => {
  const socket = createWs({ url: socketUrl, webSocketImpl: WebSocket });
  const client = apollo(new GraphQLWsLink(socket));
  for (const { data } of await two(client.subscribe({ query: gql(ARRIVALS) }))) isArrival(data);
  await socket.dispose();
});

test('Apollo Client reads a deferred fragment', async () => {
  const client = apollo(new HttpLink({ uri: url }), { incrementalHandler: new Defer20220824Handler() });
  const query = gql('query { product(id: 1) { id name ... @defer { reviews { stars } } } }');
  const values = await new Promise((resolve, reject) => {
    const values = [];
    client.watchQuery({ query }).subscribe({
      next(result) {
        values.push(plain(result.data ?? null));
        if (values.at(-1)?.product?.reviews) resolve(values);
      },
      error: reject,
    });
  });
  assert.deepEqual(values.at(-1).product.reviews, [{ stars: 5 }, { stars: 2 }]);
});

test('Apollo Client registers a query and asks by its hash, with GET', async () => {
  const { seen, fetch } = counting();
  const sha256 = async (text) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex');
  const link = ApolloLink.from([
    new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
    new HttpLink({ uri: url, fetch }),
  ]);
  const client = apollo(link);
  // A name of this run: nobody has sent the document before.
  const query = gql(PRODUCT.replace('Product', `Product${process.pid}`));
  const ask = () => client.query({ query, variables: { id: '1' }, fetchPolicy: 'network-only' });
  assert.deepEqual(plain((await ask()).data), TABLE);
  assert.deepEqual(seen, ['GET', 'POST']);
  assert.deepEqual(plain((await ask()).data), TABLE);
  assert.deepEqual(seen, ['GET', 'POST', 'GET']);
});

test('urql asks, persists, and follows a subscription by server-sent events', async () => {
  const { seen, fetch } = counting();
  const client = createUrql({
    url,
    fetch,
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [cacheExchange, persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
  });
  const query = PRODUCT.replace('Product', `Urql${process.pid}`);
  const ask = () => client.query(query, { id: '1' }, { requestPolicy: 'network-only' }).toPromise();
  assert.deepEqual(plain((await ask()).data), TABLE);
  assert.deepEqual(plain((await ask()).data), TABLE);
  assert.equal(seen.length, 3, seen.join());
  const refused = await client.query('{ product(id: 1) { price } }', {}).toPromise();
  assert.match(refused.error.message, /does not have a field `price`/);
  const arrivals = { subscribe: (sink) => client.subscription(ARRIVALS, {}).subscribe((value) => sink.next(value)) };
  for (const { data, error } of await two(arrivals)) {
    assert.equal(error, undefined);
    isArrival(data);
  }
});

test('urql follows a subscription over a WebSocket', async () => {
  const socket = createWs({ url: socketUrl, webSocketImpl: WebSocket });
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
  });
  const client = createUrql({ url, exchanges: [subscriptionExchange({ forwardSubscription })], preferGetMethod: false });
  const arrivals = { subscribe: (sink) => client.subscription(ARRIVALS, {}).subscribe((value) => sink.next(value)) };
  for (const { data } of await two(arrivals)) isArrival(data);
  await socket.dispose();
});

test('graphql-request asks, lists requests, and reads errors', async () => {
  const client = new GraphQLClient(url);
  assert.deepEqual(await client.request(PRODUCT, { id: '1' }), TABLE);
  const batch = await client.batchRequests([
    { document: PRODUCT, variables: { id: '1' } },
    { document: '{ product(id: 2) { name } }' },
  ]);
  assert.deepEqual(batch.map(({ data }) => data), [TABLE, { product: { name: 'Chair' } }]);
  await assert.rejects(client.request('{ product(id: 1) { price } }'), /does not have a field `price`/);
  const byGet = new GraphQLClient(url, { method: 'GET', jsonSerializer: JSON });
  assert.deepEqual(await byGet.request(PRODUCT, { id: '1' }), TABLE);
  const { headers } = await rawRequest(url, '{ __typename }');
  assert.match(headers.get('content-type'), /^application\/graphql-response\+json/);
});

test('graphql-sse asks and follows', async () => {
  const client = createSse({ url, retryAttempts: 0 });
  const answers = [];
  for await (const answer of client.iterate({ query: PRODUCT, variables: { id: '1' } })) answers.push(answer);
  assert.deepEqual(answers, [{ data: TABLE }]);
  let events = 0;
  for await (const { data } of client.iterate({ query: ARRIVALS })) {
    isArrival(data);
    if (++events === 2) break;
  }
  const refused = [];
  for await (const answer of client.iterate({ query: '{ product(id: 1) { price } }' })) refused.push(answer);
  assert.match(refused[0].errors[0].message, /does not have a field `price`/);
  client.dispose();
});

test('graphql-ws asks and follows, and keeps alive', async () => {
  const client = createWs({ url: socketUrl, webSocketImpl: WebSocket, keepAlive: 50, retryAttempts: 0 });
  const pong = new Promise((resolve) => client.on('pong', resolve));
  const answers = [];
  for await (const answer of client.iterate({ query: PRODUCT, variables: { id: '1' } })) answers.push(answer);
  assert.deepEqual(answers, [{ data: TABLE }]);
  let events = 0;
  for await (const { data } of client.iterate({ query: ARRIVALS })) {
    isArrival(data);
    if (++events === 2) break;
  }
  await pong;
  await assert.rejects(async () => {
    for await (const _ of client.iterate({ query: '{ product(id: 1) { price } }' })) assert.fail('an answer');
  });
  await client.dispose();
});

test('Relay fetches through a network of its own', async () => {
  const { Network, Environment, RecordSource, Store, Observable } = relay;
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' };
  const ask = async ({ text }, variables) => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text, variables }) });
    return response.json();
  };
  const sse = createSse({ url, retryAttempts: 0 });
  const follow = ({ text }, variables) =>
    Observable.create((sink) => sse.subscribe({ query: text, variables }, sink));
  const environment = new Environment({ network: Network.create(ask, follow), store: new Store(new RecordSource()) });
  const network = environment.getNetwork();
  const answer = await network.execute({ text: PRODUCT, name: 'Product' }, { id: '1' }, {}).toPromise();
  assert.deepEqual(answer, { data: TABLE });
  const events = network.execute({ text: ARRIVALS, operationKind: 'subscription', name: 'Arrivals' }, {}, {});
  for (const { data } of await two(events)) isArrival(data);
  sse.dispose();
});
