// The query plan of the last answer, in a panel that folds.
import React from 'react';

const OPEN_KEY = 'explorer:plan-open';

function readOpen() {
  try {
    return localStorage.getItem(OPEN_KEY) !== 'false';
  } catch {
    return true;
  }
}

export function usePlan() {
  const [text, setText] = React.useState(undefined);
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
  return { text, open, toggle, receive: setText };
}

export function PlanPanel({ plan }) {
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => setCopied(false), [plan.text]);
  const copy = async () => {
    await navigator.clipboard.writeText(plan.text);
    setCopied(true);
  };
  return (
    <section className={plan.open ? 'explorer-plan open' : 'explorer-plan'} aria-label="Query plan">
      <header>
        <button type="button" className="explorer-plan-toggle" aria-expanded={plan.open} onClick={plan.toggle}>
          <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
            <path d="M3 1.5 8.5 6 3 10.5" fill="none" stroke="currentColor" strokeWidth="1.8" />
          </svg>
          Query plan
        </button>
        {plan.open && plan.text && (
          <button type="button" className="explorer-plan-copy" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        )}
      </header>
      {plan.open && (plan.text ? <pre tabIndex={0}>{plan.text}</pre> : <p>{emptyText(plan.text)}</p>)}
    </section>
  );
}

function emptyText(text) {
  return text === undefined
    ? 'Run a query to see which services it asks, and in which order.'
    : 'The gateway sent no plan: it shows plans in development mode only, and for accepted operations only.';
}
