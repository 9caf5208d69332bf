import type { Endpoint, Summary } from './api.ts';
import { Ago, formatCount, Method, plural, Status, Template } from './format.tsx';
import { Link } from './navigation.tsx';

type TableProps = {
  readonly endpoints: readonly Endpoint[];
  readonly summary: Summary;
  readonly sort: string;
  readonly nowMs: number;
  readonly onSort: (sort: string) => void;
};

type Column = {
  readonly title: string;
  /** Class of its cells; also hides it where the window is narrow. */
  readonly name: string;
  readonly field?: string;
  /** What the first click sorts by: counts and times are wanted largest first. */
  readonly descendingFirst?: boolean;
};

const columns: readonly Column[] = [
  { title: 'Method', name: 'col-method', field: 'method' },
  { title: 'Endpoint', name: 'col-template', field: 'template' },
  { title: 'Requests', name: 'col-requests number', field: 'requests', descendingFirst: true },
  { title: 'Parameters', name: 'col-parameters', field: 'parameters', descendingFirst: true },
  { title: 'Statuses', name: 'col-statuses' },
  { title: 'First seen', name: 'col-first', field: 'firstSeen', descendingFirst: true },
  { title: 'Last seen', name: 'col-last', field: 'lastSeen', descendingFirst: true },
];

/** One table body per host; the rows come from the server sorted by host first. */
export function EndpointTable({ endpoints, summary, sort, nowMs, onSort }: TableProps) {
  const groups = Map.groupBy(endpoints, endpoint => endpoint.host);
  const hosts = new Map(summary.hosts.map(host => [host.host, host]));
  return (
    <div className="table-frame">
      <table className="endpoints">
        <caption className="hidden">Endpoints by host</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <HeaderCell key={column.title} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        {[...groups].map(([host, rows]) => {
          const totals = hosts.get(host);
          return (
            <tbody key={host}>
              <tr className="host-row">
                <th scope="rowgroup" colSpan={columns.length}>
                  <span className="host-name">{host === '' ? '(no host)' : host}</span>
                  {totals !== undefined && (
                    <span className="muted host-totals">
                      {plural(totals.endpoints, 'endpoint')} · {plural(totals.requests, 'request')}
                    </span>
                  )}
                </th>
              </tr>
              {rows.map(endpoint => (
                <EndpointRow key={endpoint.id} endpoint={endpoint} nowMs={nowMs} />
              ))}
            </tbody>
          );
        })}
      </table>
    </div>
  );
}

type HeaderCellProps = Pick<TableProps, 'sort' | 'onSort'> & { readonly column: Column };

function HeaderCell({ column, sort, onSort }: HeaderCellProps) {
  const { field, name, title } = column;
  if (field === undefined) {
    return (
      <th scope="col" className={name}>
        {title}
      </th>
    );
  }
  const direction = sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : undefined;
  const next =
    direction === undefined
      ? column.descendingFirst === true
        ? `-${field}`
        : field
      : direction === 'ascending'
        ? `-${field}`
        : field;
  return (
    <th scope="col" className={name} aria-sort={direction ?? 'none'}>
      <button type="button" onClick={() => onSort(next)}>
        {title}
        <span className="arrow" aria-hidden="true">
          {direction === 'ascending' ? '↑' : direction === 'descending' ? '↓' : ''}
        </span>
      </button>
    </th>
  );
}

const statusesShown = 4;

function EndpointRow({ endpoint, nowMs }: { readonly endpoint: Endpoint; readonly nowMs: number }) {
  const statuses = endpoint.statuses.toSorted((a, b) => b.requests - a.requests);
  return (
    <tr>
      <td className="col-method">
        <Method method={endpoint.method} />
      </td>
      <td className="col-template">
        <Link to={`/endpoints/${endpoint.id}`} className="row-link">
          <Template template={endpoint.template} />
        </Link>
      </td>
      <td className="col-requests number">{formatCount(endpoint.requests)}</td>
      <td className="col-parameters">{parameterSummary(endpoint)}</td>
      <td className="col-statuses">
        <span className="statuses">
          {statuses.slice(0, statusesShown).map(({ status, requests }) => (
            <span key={status} className="status-count" title={`${status}: ${plural(requests, 'request')}`}>
              <Status status={status} />
            </span>
          ))}
          {statuses.length > statusesShown && (
            <span className="muted">+{statuses.length - statusesShown}</span>
          )}
        </span>
      </td>
      <td className="col-first">
        <Ago instant={endpoint.firstSeen} nowMs={nowMs} />
      </td>
      <td className="col-last">
        <Ago instant={endpoint.lastSeen} nowMs={nowMs} />
      </td>
    </tr>
  );
}

function parameterSummary(endpoint: Endpoint) {
  if (endpoint.parameters.length === 0) return <span className="muted">none</span>;
  const byLocation = Map.groupBy(endpoint.parameters, parameter => parameter.location);
  const parts = [...byLocation].map(([location, list]) => `${list.length} ${location}`);
  return (
    <>
      <span className="parameter-count">{formatCount(endpoint.parameters.length)}</span>
      <span className="muted parameter-parts">{parts.join(' · ')}</span>
    </>
  );
}
