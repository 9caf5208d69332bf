import { useEffect } from 'react';
import { type Endpoint, fetchEndpoint } from './api.ts';
import { ErrorPanel, StaleBanner } from './conditions.tsx';
import { Ago, formatCount, Method, Status, Template } from './format.tsx';
import type { PageProps } from './list-page.tsx';
import { Link } from './navigation.tsx';
import { ParameterTables } from './parameter-tables.tsx';
import { Share } from './share.tsx';
import { usePolling } from './use-polling.ts';

export function DetailPage({ token, paused, id, onTokenRefused }: PageProps & { readonly id: string }) {
  const { data, error, updatedMs, retry } = usePolling(id, paused, signal =>
    fetchEndpoint(token, id, signal),
  );
  const refused = error?.status === 401 ? error.message : undefined;
  useEffect(() => {
    if (refused !== undefined) onTokenRefused(refused);
  }, [refused, onTokenRefused]);
  useEffect(() => {
    if (data !== undefined) document.title = `${data.method} ${data.template} – API inventory`;
  }, [data]);

  return (
    <>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to="/">Endpoints</Link>
        {data !== undefined && (
          <>
            <span aria-hidden="true">/</span>
            <Link to={`/?host=${encodeURIComponent(data.host)}`}>
              {data.host === '' ? '(no host)' : data.host}
            </Link>
          </>
        )}
      </nav>
      {data !== undefined && error !== undefined && (
        <StaleBanner message={error.message} updatedMs={updatedMs} onRetry={retry} />
      )}
      {data !== undefined ? (
        <Detail endpoint={data} nowMs={updatedMs ?? 0} />
      ) : error?.status === 404 || error?.status === 400 ? (
        <section className="card condition">
          <h1>No such endpoint</h1>
          <p>It may have been merged with others into one template, or its address is incomplete.</p>
          <Link to="/">All endpoints</Link>
        </section>
      ) : error !== undefined ? (
        <ErrorPanel message={error.message} onRetry={retry} />
      ) : (
        <p className="loading" role="status">
          Loading the endpoint…
        </p>
      )}
    </>
  );
}

function Detail({ endpoint, nowMs }: { readonly endpoint: Endpoint; readonly nowMs: number }) {
  return (
    <>
      <h1 className="endpoint-title">
        <Method method={endpoint.method} />
        <Template template={endpoint.template} />
      </h1>
      <dl className="facts">
        <div>
          <dt>Requests</dt>
          <dd>{formatCount(endpoint.requests)}</dd>
        </div>
        <div>
          <dt>First seen</dt>
          <dd>
            <Ago instant={endpoint.firstSeen} nowMs={nowMs} />
          </dd>
        </div>
        <div>
          <dt>Last seen</dt>
          <dd>
            <Ago instant={endpoint.lastSeen} nowMs={nowMs} />
          </dd>
        </div>
        <div>
          <dt>Host</dt>
          <dd>{endpoint.host === '' ? '(no host)' : endpoint.host}</dd>
        </div>
        <div>
          <dt>Cluster</dt>
          <dd>{endpoint.cluster}</dd>
        </div>
      </dl>
      <div className="detail-columns">
        <ParameterTables endpoint={endpoint} />
        <Statuses endpoint={endpoint} />
      </div>
    </>
  );
}

function Statuses({ endpoint }: { readonly endpoint: Endpoint }) {
  const total = endpoint.statuses.reduce((sum, { requests }) => sum + requests, 0);
  return (
    <section className="card" aria-labelledby="statuses">
      <h2 id="statuses">Responses</h2>
      {total === 0 ? (
        <p className="muted">No response was seen.</p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col" className="number">
                Requests
              </th>
              <th scope="col" className="share-column">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {endpoint.statuses
              .toSorted((a, b) => a.status - b.status)
              .map(({ status, requests }) => (
                <tr key={status}>
                  <td>
                    <Status status={status} />
                  </td>
                  <td className="number">{formatCount(requests)}</td>
                  <td className="share-column">
                    <Share part={requests} whole={total} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
