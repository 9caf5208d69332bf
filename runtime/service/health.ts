// `/live`: the process answers. `/ready`: it can do its work; when not, the body says why.
import { type HttpEndpoint, openHttpEndpoint, pathOf } from './http-endpoint.ts';
import type { ListenAddress } from './listen-address.ts';

export interface Health {
  /** `reason` is shown to whoever asks `/ready` while not ready. The last call counts. */
  setReady(ready: boolean, reason?: string): void;
}

export interface HealthServer extends Health, HttpEndpoint {}

/** Not ready ("starting") until told otherwise. `onChange` is called for each change of state. */
export async function openHealthServer(
  listen: ListenAddress,
  onChange: (ready: boolean, reason: string) => void = () => {},
): Promise<HealthServer> {
  let state = { ready: false, reason: 'starting' };
  const endpoint = await openHttpEndpoint(listen, (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    switch (pathOf(request.url)) {
      case '/live':
        return answer(200, { live: true });
      case '/ready':
        return state.ready ? answer(200, { ready: true }) : answer(503, state);
      default:
        return answer(404, { error: 'expected /live or /ready' });
    }
  });
  return {
    ...endpoint,
    setReady(ready, reason = ready ? '' : 'not ready') {
      if (ready === state.ready && reason === state.reason) return;
      state = { ready, reason };
      onChange(ready, reason);
    },
  };
}
