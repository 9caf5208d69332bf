// What the list shows is in its address, so that it can be shared, reloaded and gone back to.

export type ListState = {
  readonly search: string;
  /** Empty = all. */
  readonly host: string;
  /** Empty = all. */
  readonly methods: readonly string[];
  /** Field of the API's `sort`, with a leading minus for descending; within each host. */
  readonly sort: string;
  /** Counted from 1. */
  readonly page: number;
  readonly size: number;
};

export const pageSizes = [25, 50, 100, 200] as const;
const defaults: ListState = { search: '', host: '', methods: [], sort: 'template', page: 1, size: 50 };
const sorts = /^-?(method|template|requests|parameters|firstSeen|lastSeen)$/;

export function parseListState(query: string): ListState {
  const parameters = new URLSearchParams(query);
  const sort = parameters.get('sort') ?? defaults.sort;
  const size = Number(parameters.get('size'));
  const page = Number(parameters.get('page'));
  return {
    search: (parameters.get('q') ?? '').slice(0, 512),
    host: parameters.get('host') ?? '',
    methods: parameters.getAll('method').slice(0, 100),
    sort: sorts.test(sort) ? sort : defaults.sort,
    page: Number.isInteger(page) && page >= 1 && page <= 10_000 ? page : 1,
    size: pageSizes.find(known => known === size) ?? defaults.size,
  };
}

/** The address of a state: only what differs from the default is written. */
export function formatListState(state: ListState): string {
  const parameters = new URLSearchParams();
  if (state.search !== '') parameters.set('q', state.search);
  if (state.host !== '') parameters.set('host', state.host);
  for (const method of state.methods) parameters.append('method', method);
  if (state.sort !== defaults.sort) parameters.set('sort', state.sort);
  if (state.size !== defaults.size) parameters.set('size', String(state.size));
  if (state.page !== 1) parameters.set('page', String(state.page));
  const query = parameters.toString();
  return query === '' ? '/' : `/?${query}`;
}

export function isFiltered(state: ListState): boolean {
  return state.search !== '' || state.host !== '' || state.methods.length > 0;
}
