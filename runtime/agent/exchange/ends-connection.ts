import { fieldValues, type HeaderFields } from '../../http/header-fields.ts';
import type { ResponseHead } from '../../http/http1-response-parser.ts';
import { Protocol } from '../../protocol/generated/mirror.ts';
import { opensTunnel } from './opens-tunnel.ts';
import type { PendingExchange } from './pending-exchange.ts';

/** No further request is processed behind this final response (RFC 9112 §9.3, §9.6), as it says or its request has. */
export function endsConnection(response: ResponseHead, answered: PendingExchange | undefined): boolean {
  const { status, minorVersion, fields } = response;
  // Another protocol follows.
  if (status === 101) return answered !== undefined;
  if (opensTunnel(response, answered?.head.method)) return true;
  const options = connectionOptions(fields);
  if (options.includes('close')) return true;
  if (options.includes('keep-alive')) return false;
  if (minorVersion === 0) return true;
  // Of a late one the fields are not there any more.
  if (answered === undefined || answered.emitted) return false;
  const { head } = answered;
  const asked = connectionOptions(head.fields);
  return asked.includes('close') || (head.protocol === Protocol.HTTP_1_0 && !asked.includes('keep-alive'));
}

const noOptions: readonly string[] = [];
const usualOptions = ['keep-alive', 'close'].map(option => ({
  bytes: Buffer.from(option),
  options: [option],
}));

/** The Connection field of most messages is missing or says one of two things in lower case. */
function connectionOptions(fields: HeaderFields): readonly string[] {
  const values = fieldValues(fields, 'connection');
  const [first, second] = values;
  if (first === undefined) return noOptions;
  if (second === undefined)
    for (const { bytes, options } of usualOptions) if (bytes.equals(first)) return options;
  return values
    .flatMap(value => value.toString('latin1').toLowerCase().split(','))
    .map(option => option.trim());
}
