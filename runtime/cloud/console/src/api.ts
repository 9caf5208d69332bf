import type { Endpoint, EndpointPage, Problem, Summary } from '../../rest/schemas.ts';
import type { ListState } from './list-state.ts';

export type { Endpoint, EndpointPage, Summary };

/** The service answered with an error, or did not answer (`status` 0). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const timeoutMs = 15_000;

async function get<T>(path: string, token: string, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.ok) return (await response.json()) as T;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, 'The service does not answer. Is it running, and is the network up?');
  }
  throw new ApiError(response.status, await detailOf(response));
}

async function detailOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as Problem).detail;
  } catch {
    return `The service answered ${response.status} ${response.statusText}.`;
  }
}

export type ListAnswer = { readonly page: EndpointPage; readonly summary: Summary };

/** One page of the list with what its filters offer. */
export async function fetchList(token: string, state: ListState, signal: AbortSignal): Promise<ListAnswer> {
  const query = new URLSearchParams({
    q: state.search,
    sort: state.sort.startsWith('host') || state.sort.startsWith('-host') ? state.sort : `host,${state.sort}`,
    limit: String(state.size),
    offset: String((state.page - 1) * state.size),
  });
  if (state.host !== '') query.append('host', state.host);
  for (const method of state.methods) query.append('method', method);
  const [page, summary] = await Promise.all([
    get<EndpointPage>(`/api/v1/endpoints?${query}`, token, signal),
    get<Summary>('/api/v1/summary', token, signal),
  ]);
  return { page, summary };
}

export function fetchEndpoint(token: string, id: string, signal: AbortSignal): Promise<Endpoint> {
  return get(`/api/v1/endpoints/${encodeURIComponent(id)}`, token, signal);
}

/** Throws ApiError when the token is not accepted. */
export async function checkToken(token: string, signal: AbortSignal): Promise<void> {
  await get('/api/v1/summary', token, signal);
}
