// What the last request took: the query plan and the cost, side by side in a panel that folds.
import React from 'react';
import { Cost } from './cost.jsx';

const OPEN_KEY = 'explorer:plan-open';

function readOpen() {
  try {
    return localStorage.getItem(OPEN_KEY) !== 'false';
  } catch {
    return true;
  }
}

export function usePanel() {
  const [taken, setTaken] = React.useState(undefined);
  const [open, setOpen] = React.useState(readOpen);
  const toggle = React.useCallback(() => {
    setOpen((was) => {
      try {
        localStorage.setItem(OPEN_KEY, String(!was));
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      return !was;
    });
  }, []);
  return { taken, open, toggle, receive: setTaken };
}

export function Panel({ panel }) {
  const { plan, cost } = panel.taken ?? {};
  return (
    <section className={panel.open ? 'explorer-panel open' : 'explorer-panel'} aria-label="Query plan and cost">
      <header>
        <button type="button" className="explorer-toggle" aria-expanded={panel.open} onClick={panel.toggle}>
          <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
            <path d="M3 1.5 8.5 6 3 10.5" fill="none" stroke="currentColor" strokeWidth="1.8" />
          </svg>
          Query plan
        </button>
        {cost && (
          <span className="explorer-total" title="Estimated before the query runs; see @cost and @listSize">
            estimated cost <strong>{cost.estimated.toLocaleString('en')}</strong>
          </span>
        )}
        {panel.open && plan && <Copy text={plan} />}
      </header>
      {panel.open && (
        <div className="explorer-columns">
          {plan ? <Plan text={plan} /> : <p>{emptyText(panel.taken)}</p>}
          {cost && <Cost cost={cost} />}
        </div>
      )}
    </section>
  );
}

// A line that is too long goes on below its own beginning.
function Plan({ text }) {
  const line = (line, index) => {
    const indent = line.search(/\S|$/);
    const style = { paddingInlineStart: `${indent + 2}ch`, textIndent: '-2ch' };
    return (
      <div key={index} style={style}>
        {line.trim()}
      </div>
    );
  };
  return <pre tabIndex={0}>{text.trimEnd().split('\n').map(line)}</pre>;
}

function Copy({ text }) {
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => setCopied(false), [text]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <button type="button" className="explorer-copy" onClick={copy}>
      {copied ? 'Copied' : 'Copy plan'}
    </button>
  );
}

function emptyText(taken) {
  return taken === undefined
    ? 'Run a query to see which services it asks, in which order, and what it costs.'
    : 'The gateway sent no plan: it shows plans in development mode only, and for accepted operations only.';
}
