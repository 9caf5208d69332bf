import type { FastifyInstance } from 'fastify';
import { serviceMap } from '../service-map.ts';
import type { EndpointRecord, Storage } from '../storage/storage.ts';
import { sendProblem } from './problem.ts';
import {
  type Endpoint,
  type EndpointIdParameters,
  type EndpointPage,
  type EndpointQueryParameters,
  endpointIdSchema,
  endpointPageSchema,
  endpointQuerySchema,
  endpointSchema,
  jsonSchema,
  parseSort,
  problemSchema,
  type ServiceMap,
  type Summary,
  serviceMapSchema,
  summarySchema,
} from './schemas.ts';

const security = [{ bearer: [] }, { apiToken: [] }];
const tags = ['inventory'];
const problemAnswer = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: jsonSchema(problemSchema) } },
});
const refusals = {
  400: problemAnswer('A parameter is wrong'),
  401: problemAnswer('No token, or a wrong one'),
  429: problemAnswer('Too many wrong tokens from this address'),
};

/** The inventory: list, detail, and what the list's filters can offer. */
export function endpointRoutes(server: FastifyInstance, storage: Storage): void {
  server.get<{ Querystring: EndpointQueryParameters }>(
    '/api/v1/endpoints',
    {
      schema: {
        operationId: 'listEndpoints',
        summary: 'Endpoints of the inventory, filtered, sorted and paged',
        tags,
        security,
        querystring: jsonSchema(endpointQuerySchema, 'input'),
        response: { 200: jsonSchema(endpointPageSchema), ...refusals },
      },
    },
    async (request): Promise<EndpointPage> => {
      const { host, method, q, sort, limit, offset } = request.query;
      const terms = q.split(/\s+/).filter(term => term !== '');
      const page = await storage.list({
        hosts: host,
        methods: method,
        // Each term is one scan: a query of single letters must not become hundreds.
        terms: terms.slice(0, 16),
        sort: parseSort(sort),
        limit,
        offset,
      });
      return { total: page.total, endpoints: page.endpoints.map(endpointOf) };
    },
  );

  server.get<{ Params: EndpointIdParameters }>(
    '/api/v1/endpoints/:id',
    {
      schema: {
        operationId: 'getEndpoint',
        summary: 'One endpoint',
        tags,
        security,
        params: jsonSchema(endpointIdSchema),
        response: { 200: jsonSchema(endpointSchema), ...refusals, 404: problemAnswer('No such endpoint') },
      },
    },
    async (request, reply) => {
      const record = await storage.find(request.params.id);
      if (record === undefined) {
        return sendProblem(
          reply,
          404,
          `No endpoint has the id ${request.params.id}; it may have been merged.`,
        );
      }
      return endpointOf(record);
    },
  );

  server.get(
    '/api/v1/summary',
    {
      schema: {
        operationId: 'getSummary',
        summary:
          'Totals, and the hosts and methods of the inventory (at most 500 of each, the fullest first)',
        tags,
        security,
        response: { 200: jsonSchema(summarySchema), 401: refusals[401], 429: refusals[429] },
      },
    },
    async (): Promise<Summary> => {
      const { endpoints, requests, hosts, methods } = await storage.summary();
      return { endpoints, requests, hosts: [...hosts], methods: [...methods] };
    },
  );

  server.get(
    '/api/v1/service-map',
    {
      schema: {
        operationId: 'getServiceMap',
        summary:
          'Who calls which host, and which workloads answer (at most 2000 connections, the busiest first)',
        tags,
        security,
        response: { 200: jsonSchema(serviceMapSchema), 401: refusals[401], 429: refusals[429] },
      },
    },
    async (): Promise<ServiceMap> => serviceMap(await storage.parties()),
  );
}

function endpointOf(record: EndpointRecord): Endpoint {
  const { firstSeenUs, lastSeenUs, statuses, parameters, ...rest } = record;
  return {
    ...rest,
    firstSeen: instantOf(firstSeenUs),
    lastSeen: instantOf(lastSeenUs),
    statuses: [...statuses],
    parameters: parameters.map(parameter => ({ ...parameter, sensitive: [...parameter.sensitive] })),
    requestContents: [...rest.requestContents],
    responseContents: [...rest.responseContents],
    authentications: [...rest.authentications],
    businessFlows: [...rest.businessFlows],
    callers: [...rest.callers],
    servers: [...rest.servers],
  };
}

/** RFC 3339; a time that no calendar holds is shown as the last one that does. */
function instantOf(microseconds: number): string {
  return new Date(Math.min(microseconds / 1000, 8.64e15)).toISOString();
}
