// JSON-RPC 2.0 (https://www.jsonrpc.org/specification) and, over it, the Model Context Protocol
// (https://modelcontextprotocol.io/specification).
import { maxOperationCharacters } from '../limits.ts';
import { walkJson } from './json.ts';
import type { PointSink } from './point-sink.ts';

/** Methods that use an API; those with an entity name it in `params`. */
const methods: ReadonlyMap<string, string> = new Map([
  ['initialize', ''],
  ['tools/list', ''],
  ['tools/call', 'name'],
  ['resources/list', ''],
  ['resources/templates/list', ''],
  ['resources/read', 'uri'],
  ['prompts/list', ''],
  ['prompts/get', 'name'],
]);

/** Methods of every session that say nothing about the API. */
const housekeeping =
  /^(?:ping|resources\/(?:un)?subscribe|completion\/complete|logging\/setLevel|notifications\/.{0,100})$/;

export interface McpReading {
  operation: string;
  isHousekeeping: boolean;
}

/** Undefined when it is no MCP request. Of a batch the first message counts. */
export function readMcp(root: unknown, into: PointSink): McpReading | undefined {
  const message: unknown = Array.isArray(root) ? root[0] : root;
  if (typeof message !== 'object' || message === null) return undefined;
  const { jsonrpc, method, params } = message as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string') return undefined;
  const isHousekeeping = housekeeping.test(method);
  const key = isHousekeeping ? '' : methods.get(method);
  if (key === undefined) return undefined;
  const fields = typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {};
  const entity = key === '' ? undefined : fields[key];
  // Resources are addressed by URI: its scheme is the kind of resource, the rest a value.
  const name = typeof entity !== 'string' ? '' : key === 'uri' ? entity.replace(/:.*$/s, ':') : entity;
  walkJson(fields, into, 'params');
  return { operation: `${method} ${name}`.trim().slice(0, maxOperationCharacters), isHousekeeping };
}
