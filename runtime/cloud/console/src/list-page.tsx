import { useEffect } from 'react';
import { fetchList } from './api.ts';
import { EmptyInventory, ErrorPanel, NothingMatches, StaleBanner } from './conditions.tsx';
import { EndpointTable } from './endpoint-table.tsx';
import { Filters } from './filters.tsx';
import { formatCount, plural } from './format.tsx';
import { formatListState, isFiltered, type ListState, parseListState } from './list-state.ts';
import { navigate } from './navigation.tsx';
import { Pager } from './pager.tsx';
import { usePolling } from './use-polling.ts';

export type PageProps = {
  readonly token: string;
  readonly paused: boolean;
  readonly onTokenRefused: (reason: string) => void;
};

export function ListPage({ token, paused, query, onTokenRefused }: PageProps & { readonly query: string }) {
  const state = parseListState(query);
  const { data, error, stale, updatedMs, retry } = usePolling(formatListState(state), paused, signal =>
    fetchList(token, state, signal),
  );
  const refused = error?.status === 401 ? error.message : undefined;
  useEffect(() => {
    if (refused !== undefined) onTokenRefused(refused);
  }, [refused, onTokenRefused]);

  const change = (part: Partial<ListState>, options?: { replace?: boolean }) =>
    navigate(formatListState({ ...state, page: 1, ...part }), options);

  if (data === undefined) {
    if (error !== undefined) return <ErrorPanel message={error.message} onRetry={retry} />;
    return (
      <p className="loading" role="status">
        Loading the inventory…
      </p>
    );
  }
  const { page, summary } = data;
  return (
    <>
      {error !== undefined && <StaleBanner message={error.message} updatedMs={updatedMs} onRetry={retry} />}
      <div className="heading">
        <h1>Endpoints</h1>
        <p className="muted" role="status">
          {isFiltered(state)
            ? `${formatCount(page.total)} of ${plural(summary.endpoints, 'endpoint')}`
            : `${plural(summary.endpoints, 'endpoint')} on ${plural(summary.hosts.length, 'host')}, ${plural(summary.requests, 'request')}`}
        </p>
      </div>
      {(summary.endpoints > 0 || isFiltered(state)) && (
        <Filters state={state} summary={summary} onChange={change} />
      )}
      {page.endpoints.length > 0 ? (
        <div aria-busy={stale} className={stale ? 'busy' : undefined}>
          <EndpointTable
            endpoints={page.endpoints}
            summary={summary}
            sort={state.sort}
            nowMs={updatedMs ?? 0}
            onSort={sort => change({ sort })}
          />
          <Pager state={state} total={page.total} onChange={change} />
        </div>
      ) : summary.endpoints === 0 ? (
        <EmptyInventory />
      ) : (
        <NothingMatches onClear={() => change({ search: '', host: '', methods: [] })} />
      )}
    </>
  );
}
