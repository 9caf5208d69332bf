import type { Endpoint } from './api.ts';
import { formatCount, plural } from './format.tsx';
import { Share } from './share.tsx';

const locationTitles = [
  ['path', 'Path'],
  ['query', 'Query'],
  ['header', 'Headers'],
  ['cookie', 'Cookies'],
  ['body', 'Body'],
] as const;

export function ParameterTables({ endpoint }: { readonly endpoint: Endpoint }) {
  const byLocation = Map.groupBy(endpoint.parameters, parameter => parameter.location);
  return (
    <section className="card" aria-labelledby="parameters">
      <h2 id="parameters">
        Parameters <span className="muted count">{formatCount(endpoint.parameters.length)}</span>
      </h2>
      {endpoint.parameters.length === 0 && <p className="muted">No request carried a parameter.</p>}
      {locationTitles.map(([location, title]) => {
        const parameters = byLocation.get(location);
        if (parameters === undefined) return undefined;
        return (
          <table key={location} className="plain parameters">
            <caption>{title}</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Required</th>
                <th scope="col" className="share-column">
                  In requests
                </th>
              </tr>
            </thead>
            <tbody>
              {parameters
                .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
                .map(({ name, type, required, requests }) => (
                  <tr key={name}>
                    <td className="name">{name === '' ? '(whole body)' : name}</td>
                    <td>
                      <code className="type">{type}</code>
                    </td>
                    <td>{required ? 'required' : <span className="muted">optional</span>}</td>
                    <td className="share-column" title={plural(requests, 'request')}>
                      <Share part={requests} whole={endpoint.requests} />
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        );
      })}
    </section>
  );
}
