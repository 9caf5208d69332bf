// One exchange → one observation, or the reason why it does not count. Pure: no clock, no I/O.
import { Location, type Observation } from '../protocol/generated/findings.ts';
import type { Exchange } from '../protocol/generated/mirror.ts';
import { newObservation } from '../protocol/observation.ts';
import { admit, type Refusal } from './admission.ts';
import type { AdmissionConfig } from './config.ts';
import { type BodyResult, readBody } from './points/body.ts';
import { readHeaders } from './points/headers.ts';
import { readPairs } from './points/pairs.ts';
import { ParameterSet } from './points/parameter-set.ts';
import { classifySegments } from './request-target.ts';

export interface Observed {
  observation: Observation;
  body: BodyResult;
  /** Parameters left out because of a limit. */
  droppedParameters: number;
}

export function observe(exchange: Exchange, settings: AdmissionConfig): Observed | Refusal {
  const admitted = admit(exchange, settings);
  if (typeof admitted === 'string') return admitted;
  const { request, response, timeUs } = exchange;
  const segments = classifySegments(admitted.target.segments);
  if (segments === undefined) return 'path-too-long';
  if (request === undefined || response === undefined || timeUs <= 0) return 'malformed';

  const parameters = new ParameterSet();
  if (admitted.target.query !== undefined) readPairs(admitted.target.query, Location.QUERY, parameters);
  readHeaders(request.headers, parameters);
  const body = readBody(request, parameters);
  return {
    body,
    droppedParameters: parameters.dropped,
    observation: newObservation({
      host: admitted.host,
      method: admitted.method,
      segments,
      requests: 1,
      firstSeenUs: timeUs,
      lastSeenUs: timeUs,
      outcomes: [{ status: response.status, content: '', requests: 1 }],
      parameters: parameters.toArray(),
    }),
  };
}
