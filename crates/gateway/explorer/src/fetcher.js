// Requests to the graph. Paths are relative, so that the page works behind a proxy with a path of its own.

// The gateway answers in JSON what has one answer, and a subscription with a stream of events.
const ACCEPTED = 'application/graphql-response+json, application/json, text/event-stream';

// Asks for plan and cost with every request but the schema's, and hands them over apart from the answer. Of events the
// first says what holds for all.
export function createFetcher(receive) {
  return async (params, options) => {
    const introspection = params.operationName === 'IntrospectionQuery';
    const response = await fetch('graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: ACCEPTED,
        ...(introspection ? {} : { 'x-include-query-plan': 'true', 'x-include-cost': 'true' }),
        ...options?.headers,
      },
      body: JSON.stringify(params),
    });
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return answers(response.body, receive);
    const answer = await response.json();
    if (introspection) return answer;
    const { taken, rest } = divide(answer);
    receive(taken);
    return rest;
  };
}

// What a request takes, and the answer without it.
function divide({ extensions: { queryPlan, cost, ...extensions } = {}, ...rest }) {
  return {
    taken: { plan: queryPlan ?? null, cost: cost ?? null },
    rest: Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest,
  };
}

async function* answers(body, receive) {
  let first = true;
  for await (const event of events(body)) {
    const { taken, rest } = divide(event);
    if (first) receive(taken);
    first = false;
    yield rest;
  }
}

// The responses of a stream of server-sent events, until it ends or nobody asks for more.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let text = ''; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (text + value).split('\n\n');
      text = parts.pop();
      for (const part of parts) {
        const lines = part.split('\n');
        const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
        if (lines.includes('event: next')) yield JSON.parse(data.join('\n'));
        if (lines.includes('event: complete')) return;
      }
    }
  } finally {
    await reader.cancel();
  }
}
