// What a query costs by estimate, and which of its fields cost most.
import React from 'react';

const SHOWN = 8;

export function Cost({ cost }) {
  const dearest = cost.fields.slice(0, SHOWN);
  const most = Math.max(1, ...dearest.map((field) => field.cost));
  const others = cost.fields.length - dearest.length;
  return (
    <div className="explorer-cost" tabIndex={0}>
      {dearest.length > 0 ? (
        <table>
          <caption>What costs most</caption>
          <thead>
            <tr>
              <th scope="col">field</th>
              <th scope="col">times</th>
              <th scope="col">cost</th>
            </tr>
          </thead>
          <tbody>
            {dearest.map((field) => (
              <tr key={field.path}>
                <th scope="row" title={field.coordinate}>
                  {field.path}
                </th>
                <td>{field.times.toLocaleString('en')}</td>
                <td>
                  <span className="explorer-bar" style={{ inlineSize: `${(100 * field.cost) / most}%` }} />
                  {field.cost.toLocaleString('en')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p>Nothing in this query costs anything.</p>
      )}
      {others > 0 && <p>{others === 1 ? 'One more field costs' : `${others} more fields cost`} less.</p>}
    </div>
  );
}
