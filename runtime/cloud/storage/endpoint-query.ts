import type { EndpointQuery, SortField } from './storage.ts';

const columns: Record<SortField, string> = {
  host: 'endpoint.host',
  method: 'endpoint.method',
  template: 'endpoint.template',
  requests: 'endpoint.requests',
  parameters: 'endpoint.parameter_count',
  firstSeen: 'endpoint.first_seen_us',
  lastSeen: 'endpoint.last_seen_us',
  cluster: 'cluster.name',
};

const tieBreak: readonly SortField[] = ['host', 'template', 'method'];

export type Where = { readonly sql: string; readonly values: readonly string[] };

/** The condition of a list query; values are always bound, never part of the text. */
export function whereOf(query: Pick<EndpointQuery, 'hosts' | 'methods' | 'terms'>): Where {
  const conditions = ['endpoint.removed = 0'];
  const values: string[] = [];
  const oneOf = (column: string, wanted: readonly string[]) => {
    if (wanted.length === 0) return;
    conditions.push(`${column} IN (${wanted.map(() => '?').join(', ')})`);
    values.push(...wanted);
  };
  oneOf('endpoint.host', query.hosts);
  oneOf('endpoint.method', query.methods);
  for (const term of query.terms) {
    conditions.push("endpoint.search LIKE ? ESCAPE '\\'");
    values.push(`%${escapeLike(term.toLowerCase())}%`);
  }
  return { sql: conditions.join(' AND '), values };
}

/** ORDER BY that is total: rows never change places between two pages. */
export function orderOf(query: Pick<EndpointQuery, 'sort'>): string {
  const named = new Set(query.sort.map(key => key.field));
  const keys = [
    ...query.sort,
    ...tieBreak.filter(field => !named.has(field)).map(field => ({ field, descending: false })),
  ];
  return [...keys.map(key => `${columns[key.field]} ${key.descending ? 'DESC' : 'ASC'}`), 'endpoint.id'].join(
    ', ',
  );
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
