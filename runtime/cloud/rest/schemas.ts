// The shapes of the REST API. From each comes the TypeScript type (also in the console), the validation or
// serialisation of the route, and its part of /api/v1/openapi.json.
import { z } from 'zod';
import { locations, type SortField, type SortKey, sortFields } from '../storage/storage.ts';

const count = z.number().int().min(0);
const instant = z.iso.datetime().describe('RFC 3339, UTC, milliseconds');

export const parameterSchema = z.strictObject({
  location: z.enum(locations),
  name: z.string().describe('In bodies the path of the leaf: user.emails[].address'),
  type: z.string().describe('integer, number, boolean, string, uuid, date-time, …'),
  required: z.boolean().describe('Every request of the endpoint carried it'),
  requests: count.describe('Requests that carried it'),
  format: z.string().describe('int32, double, uuid, date-time, …; empty: none that all values share'),
  distinctValues: count.describe('Different values seen, estimated; exact below 32; 0: unknown'),
  sensitive: z
    .array(z.strictObject({ class: z.string(), score: z.number() }))
    .describe('Classes of sensitive data with their score, 0 to 10'),
});

const contentSchema = z.strictObject({
  content: z.string().describe('json, xml, form, …; empty: no Content-Type'),
  requests: count,
});

export const endpointSchema = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  host: z.string(),
  method: z.string(),
  template: z.string().describe('/api/v1/users/{user_id}'),
  requests: count,
  firstSeen: instant,
  lastSeen: instant,
  statuses: z.array(z.strictObject({ status: z.number().int(), requests: count })),
  parameters: z.array(parameterSchema),
  protocol: z.string().describe('REST, GRAPHQL, SOAP, GRPC or MCP'),
  operation: z.string().describe('GraphQL, SOAP, gRPC, MCP: the entity called; empty for REST'),
  requestContents: z.array(contentSchema),
  responseContents: z.array(contentSchema),
  authentications: z.array(
    z.strictObject({ type: z.string(), location: z.string(), name: z.string(), requests: count }),
  ),
  businessFlows: z.array(z.string()),
  application: count.describe('Identifier given by route_config; 0: none'),
  callers: z
    .array(z.strictObject({ address: z.string(), requests: count }))
    .describe('Addresses inside the network; empty: all others together'),
  servers: z.array(
    z.strictObject({ namespace: z.string(), pod: z.string(), requests: count, address: z.string() }),
  ),
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const endpointPageSchema = z.strictObject({
  total: count.describe('Endpoints that match, on all pages'),
  endpoints: z.array(endpointSchema),
});
export type EndpointPage = z.infer<typeof endpointPageSchema>;

export const summarySchema = z.strictObject({
  endpoints: count,
  requests: count,
  hosts: z.array(z.strictObject({ host: z.string(), endpoints: count, requests: count })),
  methods: z.array(z.strictObject({ method: z.string(), endpoints: count })),
});
export type Summary = z.infer<typeof summarySchema>;

export const serviceMapSchema = z.strictObject({
  total: count.describe('Connections in all; the busiest of them are listed'),
  connections: z.array(
    z.strictObject({
      cluster: z.string(),
      caller: z
        .string()
        .describe(
          'Workload as namespace/name, or an address that no selected pod has; empty: outside the network',
        ),
      host: z.string(),
      workloads: z.array(z.string()).describe('Who answers for the host, as namespace/name'),
      requests: count,
    }),
  ),
});
export type ServiceMap = z.infer<typeof serviceMapSchema>;

const sortPattern = `^-?(${sortFields.join('|')})(,-?(${sortFields.join('|')})){0,3}$`;

export const endpointQuerySchema = z.strictObject({
  host: z.array(z.string().max(1024)).max(100).default([]).describe('Any of these hosts'),
  method: z.array(z.string().max(128)).max(100).default([]).describe('Any of these methods'),
  q: z
    .string()
    .max(512)
    .default('')
    .describe('Words that all occur in method, host, template or parameter names; case is ignored'),
  sort: z
    .string()
    .regex(new RegExp(sortPattern))
    .default('host')
    .describe('Up to four fields, comma-separated, descending with a leading minus: host,-requests'),
  limit: z.number().int().min(1).max(500).default(100),
  offset: z.number().int().min(0).max(10_000_000).default(0),
});
export type EndpointQueryParameters = z.infer<typeof endpointQuerySchema>;

export const endpointIdSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .describe('`id` of an endpoint in a list'),
});
export type EndpointIdParameters = z.infer<typeof endpointIdSchema>;

/** Problem details, RFC 9457 §3.1. */
export const problemSchema = z.object({
  type: z.string().describe('about:blank: the status says it all'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().describe('What was wrong and what to do'),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .optional()
    .describe('The offending parts of the request'),
});
export type Problem = z.infer<typeof problemSchema>;

/** A zod schema as the JSON Schema (draft 7) that the routes take. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io });
  return rest;
}

/** `host,-requests` as sort keys; the text has passed the schema's pattern. */
export function parseSort(text: string): SortKey[] {
  return text.split(',').map(part => {
    const descending = part.startsWith('-');
    return { field: (descending ? part.slice(1) : part) as SortField, descending };
  });
}
