// One exchange → one observation, or the reason why it does not count. Pure: no clock, no I/O.
import { ApiProtocol, Location, type Observation } from '../protocol/generated/findings.ts';
import type { Exchange } from '../protocol/generated/mirror.ts';
import { type Admitted, admit, type Refusal } from './admission.ts';
import { AuthenticationReader } from './authentication.ts';
import { businessFlowsOf } from './business-flow.ts';
import type { AdmissionConfig } from './config.ts';
import type { Connected, Connector } from './connector/connector.ts';
import { contentClass } from './content-class.ts';
import { headerValue, mediaType } from './headers.ts';
import { maxOperationCharacters } from './limits.ts';
import { callerOf, serversOf } from './parties.ts';
import { type BodyReading, readBody } from './points/body.ts';
import { readGraphql } from './points/graphql.ts';
import { readHeaders } from './points/headers.ts';
import { parseJson } from './points/json.ts';
import { pairs, readPairs } from './points/pairs.ts';
import { ParameterSet, type ValueReading } from './points/parameter-set.ts';
import { classifySegments } from './request-target.ts';
import { typeOfText } from './value-type.ts';

export interface Observed {
  observation: Observation;
  body: BodyReading;
  /** Parameters left out because of a limit. */
  droppedParameters: number;
}

export interface ObserveSettings {
  admission: AdmissionConfig;
  /** How values are read; without it only their types are. */
  values?: ValueReading;
  authentication?: AuthenticationReader;
  /** Without it every host, path and client counts. */
  connector?: Connector;
}

const defaultAuthentication = new AuthenticationReader();

export function observe(exchange: Exchange, settings: ObserveSettings): Observed | Refusal {
  const admitted = admit(exchange, settings.admission);
  if (typeof admitted === 'string') return admitted;
  const connected = settings.connector?.judge(exchange, admitted.host);
  if (typeof connected === 'string') return connected;
  return observeAdmitted(exchange, { ...admitted, ...connected }, settings);
}

/** Of an exchange that `admit` let through. */
export function observeAdmitted(
  { request, response, timeUs, client, server, workload }: Exchange,
  { host, method, target, clientIp = client?.ip, application = 0 }: Admitted & Partial<Connected>,
  { admission, values, authentication = defaultAuthentication }: ObserveSettings,
): Observed | Refusal {
  const segments = classifySegments(target.segments);
  if (segments === undefined) return 'path-too-long';
  if (request === undefined || response === undefined || timeUs <= 0) return 'malformed';

  const literals = segments.flatMap(({ segment }) => (segment?.$case === 'literal' ? [segment.literal] : []));
  const parameters = new ParameterSet(values, literals);
  for (const [index, { segment }] of segments.entries())
    if (segment?.$case === 'shape') {
      const text = target.segments[index] ?? '';
      parameters.add(Location.PATH, String(index), typeOfText(text), text);
    }
  if (target.query !== undefined) readPairs(target.query, Location.QUERY, parameters);
  readHeaders(request.headers, parameters);
  const body = readBody(request, parameters);
  if (body.housekeeping && !admission.mcpHousekeeping) return 'mcp-housekeeping';
  if (body.protocol === ApiProtocol.GRPC)
    body.operation = target.segments.slice(-2).join('/').slice(0, maxOperationCharacters);
  else if (body.result === 'none' && target.query !== undefined)
    readGraphqlQuery(target.query, body, parameters);

  return {
    body,
    droppedParameters: parameters.dropped,
    observation: {
      host,
      method,
      segments,
      requests: 1,
      firstSeenUs: timeUs,
      lastSeenUs: timeUs,
      outcomes: [
        {
          status: response.status,
          content: contentClass(mediaType(headerValue(response.headers, 'content-type'))),
          requests: 1,
        },
      ],
      parameters: parameters.toArray(),
      protocol: body.protocol,
      operation: body.operation,
      requestContents: body.content === '' ? [] : [{ content: body.content, requests: 1 }],
      authentications: authentication.read(request.headers, parameters),
      callers: clientIp === undefined ? [] : [callerOf(clientIp)],
      servers: serversOf(workload, server?.ip ?? ''),
      businessFlows: businessFlowsOf(body.operation === '' ? literals : [...literals, body.operation]),
      application,
    },
  };
}

/** GraphQL by GET: `?query={…}&variables={…}`. */
function readGraphqlQuery(query: string, body: BodyReading, parameters: ParameterSet): void {
  if (!/(?:^|&)(?:query|operationName)=/.test(query)) return;
  const fields = new Map(pairs(query, { drop: () => {} }));
  const operation = readGraphql(
    {
      query: fields.get('query'),
      operationName: fields.get('operationName'),
      variables: parseJson(fields.get('variables') ?? '')?.root,
      extensions: parseJson(fields.get('extensions') ?? '')?.root,
    },
    parameters,
  );
  if (operation === undefined) return;
  body.protocol = ApiProtocol.GRAPHQL;
  body.operation = operation;
}
