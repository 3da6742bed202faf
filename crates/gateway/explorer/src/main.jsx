// The explorer page: GraphiQL with query plan and cost beside the answer.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import 'graphiql/graphiql.css';
import './explorer.css';
import { createFetcher } from './fetcher.js';
import { Panel, usePanel } from './panel.jsx';

const FIRST_QUERY = `# One graph, many services.
#
#   Ctrl-Enter    runs the query (Cmd-Enter on a Mac)
#   Ctrl-Space    completes names
#   Book icon     opens the schema
#   Headers       takes your token, as JSON:
#                 { "authorization": "Bearer ..." }
#   Query plan    shows which services were asked, and the cost

query Hello {
  __typename
}
`;

function Explorer() {
  const panel = usePanel();
  const fetcher = React.useMemo(() => createFetcher(panel.receive), [panel.receive]);
  return (
    <GraphiQL fetcher={fetcher} defaultQuery={FIRST_QUERY} defaultEditorToolsVisibility="headers">
      <GraphiQL.Logo>
        <span className="explorer-logo">Graph explorer</span>
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Panel panel={panel} />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

createRoot(document.getElementById('explorer')).render(<Explorer />);
