// Requests to the graph. Paths are relative, so that the page works behind a proxy with a path of its own.

// Asks for the plan with every request but the schema's, and hands it over apart from the answer.
export function createFetcher(receivePlan) {
  return async (params, options) => {
    const introspection = params.operationName === 'IntrospectionQuery';
    const response = await fetch('graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(introspection ? {} : { 'x-include-query-plan': 'true' }),
        ...options?.headers,
      },
      body: JSON.stringify(params),
    });
    const answer = await response.json();
    if (introspection) return answer;
    const { queryPlan, ...extensions } = answer.extensions ?? {};
    receivePlan(queryPlan ?? null);
    if (Object.keys(extensions).length > 0) return { ...answer, extensions };
    const { extensions: _, ...rest } = answer;
    return rest;
  };
}
