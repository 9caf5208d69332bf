import type { Endpoint, Parameter, Sensitive, StatusCount, Upload } from '../../protocol/generated/upload.ts';
import { maxTotalCount } from '../../protocol/limits.ts';
import { type EndpointState, type IngestBatch, locations } from '../storage/storage.ts';

/**
 * Limits on one upload, beside the size of its body. They are far above what real APIs have: they keep one
 * hostile name from filling the inventory, and an endpoint beyond them is refused alone, so that it cannot hold
 * up the rest of its cluster's uploads.
 */
export const uploadLimits = {
  clusterCharacters: 128,
  clusterNameCharacters: 256,
  hostCharacters: 1024,
  methodCharacters: 128,
  templateCharacters: 16_384,
  statuses: 1000,
  parameters: 10_000,
  nameCharacters: 4096,
  typeCharacters: 64,
  listItems: 256,
  /** The most that aggregation counts to; sums over a whole inventory stay readable. */
  count: maxTotalCount,
} as const;

/** The upload as a whole is unusable: it names no cluster, or an impossible one. */
export class UploadError extends Error {}

export type Refusal = {
  /** Where in the message: `endpoints[3].parameters[0].location`. */
  readonly path: string;
  readonly reason: string;
};

export type CheckedUpload = { readonly batch: IngestBatch; readonly refusals: readonly Refusal[] };

/**
 * Separates what can be stored from what cannot.
 * @throws UploadError when the upload as a whole is unusable
 */
export function checkUpload(upload: Upload): CheckedUpload {
  const { cluster, clusterName } = upload;
  if (cluster === '' || cluster.length > uploadLimits.clusterCharacters) {
    throw new UploadError(
      `cluster is ${cluster.length} characters long; expected 1 to ${uploadLimits.clusterCharacters}`,
    );
  }
  if (clusterName.length > uploadLimits.clusterNameCharacters) {
    throw new UploadError(
      `cluster_name is ${clusterName.length} characters long; expected at most ${uploadLimits.clusterNameCharacters}`,
    );
  }
  const endpoints: EndpointState[] = [];
  const refusals: Refusal[] = [];
  for (const [index, endpoint] of upload.endpoints.entries()) {
    const refusal = refusalOf(endpoint);
    if (refusal === undefined)
      endpoints.push({ ...endpoint, protocol: endpoint.protocol || 'REST' } as EndpointState);
    else refusals.push({ ...refusal, path: `endpoints[${index}].${refusal.path}` });
  }
  return { batch: { cluster, clusterName: clusterName === '' ? cluster : clusterName, endpoints }, refusals };
}

function refusalOf(endpoint: Endpoint): Refusal | undefined {
  const limits = uploadLimits;
  return (
    // An empty host is real: HTTP/1.0 requests need not name one.
    textRefusal('host', endpoint.host, 0, limits.hostCharacters) ??
    textRefusal('method', endpoint.method, 1, limits.methodCharacters) ??
    textRefusal('template', endpoint.template, 1, limits.templateCharacters) ??
    numberRefusal('requests', endpoint.requests) ??
    countRefusal('statuses', endpoint.statuses, limits.statuses) ??
    countRefusal('parameters', endpoint.parameters, limits.parameters) ??
    firstRefusal('statuses', endpoint.statuses, statusRefusal) ??
    firstRefusal('parameters', endpoint.parameters, parameterRefusal) ??
    detailsRefusal(endpoint)
  );
}

/** Lists that aggregation bounds: longer ones it did not write. */
function detailsRefusal(endpoint: Endpoint): Refusal | undefined {
  const { nameCharacters, typeCharacters, listItems } = uploadLimits;
  const names = ['requestContents', 'responseContents', 'authentications', 'callers', 'servers'] as const;
  for (const name of names) {
    const refusal =
      countRefusal(name, endpoint[name], listItems) ??
      firstRefusal<object>(name, endpoint[name], item =>
        itemRefusal(item as Record<string, string | number>),
      );
    if (refusal !== undefined) return refusal;
  }
  return (
    textRefusal('protocol', endpoint.protocol, 0, typeCharacters) ??
    textRefusal('operation', endpoint.operation, 0, nameCharacters) ??
    countRefusal('businessFlows', endpoint.businessFlows, listItems) ??
    firstRefusal('businessFlows', endpoint.businessFlows, flow => textRefusal('', flow, 1, typeCharacters))
  );
}

function itemRefusal(item: Readonly<Record<string, string | number>>): Refusal | undefined {
  for (const [name, value] of Object.entries(item)) {
    const refusal =
      typeof value === 'string'
        ? textRefusal(name, value, 0, uploadLimits.nameCharacters)
        : numberRefusal(name, value);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function statusRefusal({ status, requests }: StatusCount): Refusal | undefined {
  if (status >= 100 && status <= 999) return numberRefusal('requests', requests);
  return { path: 'status', reason: `${status} is not a status code` };
}

function parameterRefusal(parameter: Parameter): Refusal | undefined {
  const { location, name, type, requests, format, distinctValues, sensitive } = parameter;
  if (!(locations as readonly string[]).includes(location)) {
    const shown = JSON.stringify(location.slice(0, 32));
    return { path: 'location', reason: `${shown} is not one of ${locations.join(', ')}` };
  }
  return (
    textRefusal('name', name, 0, uploadLimits.nameCharacters) ??
    textRefusal('type', type, 1, uploadLimits.typeCharacters) ??
    numberRefusal('requests', requests) ??
    textRefusal('format', format, 0, uploadLimits.typeCharacters) ??
    numberRefusal('distinctValues', distinctValues) ??
    countRefusal('sensitive', sensitive, uploadLimits.listItems) ??
    firstRefusal('sensitive', sensitive, sensitiveRefusal)
  );
}

function sensitiveRefusal({ class: name, score }: Sensitive): Refusal | undefined {
  return (
    textRefusal('class', name, 1, uploadLimits.typeCharacters) ??
    (score >= 0 && score <= 10 ? undefined : { path: 'score', reason: `${score}; expected 0 to 10` })
  );
}

function firstRefusal<T>(
  list: string,
  items: readonly T[],
  check: (item: T) => Refusal | undefined,
): Refusal | undefined {
  for (const [index, item] of items.entries()) {
    const refusal = check(item);
    if (refusal !== undefined) return { ...refusal, path: `${list}[${index}].${refusal.path}` };
  }
  return undefined;
}

function textRefusal(path: string, text: string, minimum: number, maximum: number): Refusal | undefined {
  if (text.length >= minimum && text.length <= maximum) return undefined;
  return { path, reason: `${text.length} characters; expected ${minimum} to ${maximum}` };
}

function numberRefusal(path: string, count: number): Refusal | undefined {
  return count <= uploadLimits.count
    ? undefined
    : { path, reason: `${count}; at most ${uploadLimits.count}` };
}

function countRefusal(path: string, items: readonly unknown[], maximum: number): Refusal | undefined {
  return items.length <= maximum ? undefined : { path, reason: `${items.length} items; at most ${maximum}` };
}
