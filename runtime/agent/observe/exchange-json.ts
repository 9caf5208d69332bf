import { isUtf8 } from 'node:buffer';
import { type HeaderFields, RawFields } from '../../http/header-fields.ts';
import { type Endpoint, type Process, Protocol } from '../../protocol/generated/mirror.ts';
import type { AssembledExchange, ConnectionFacts } from '../exchange/assembled-exchange.ts';

const protocolNames: Record<number, string> = {
  [Protocol.HTTP_1_0]: 'HTTP/1.0',
  [Protocol.HTTP_1_1]: 'HTTP/1.1',
  [Protocol.HTTP_2]: 'HTTP/2',
};

/** `192.0.2.1:80`, `[::1]:80`. */
export function endpointText(endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return '';
  const { ip, port } = endpoint;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** One exchange as a line of JSON; the format is documented in ../README.md. */
export function exchangeJson(exchange: AssembledExchange): string {
  const { facts, process, head, response, body, truncated, durationUs, lostBytes } = exchange;
  const { parties, layer } = factsJson(facts);
  const request =
    `{"method":${textJson(head.method)},"target":${textJson(head.target)},${authorityJson(head)}"headers":${fieldsJson(head.fields)},` +
    `"body":"${body.toString('base64')}","truncated":${truncated}}`;
  const answer =
    response === undefined
      ? 'null'
      : `{"status":${response.status},"headers":${fieldsJson(response.fields)}}`;
  return (
    `{"time":"${timeText(head.firstByteTime)}",${parties},"process":${processJson(process)},${layer},` +
    `"protocol":"${protocolNames[head.protocol]}","request":${request},"response":${answer},` +
    `"durationMs":${durationUs / 1000},"lostBytes":${lostBytes}}`
  );
}

/** What HTTP/2 has in the place of the Host field (RFC 9113 §8.3.1); HTTP/1 has it among the headers. */
function authorityJson({ protocol, authority }: AssembledExchange['head']): string {
  return protocol === Protocol.HTTP_2 && authority !== '' ? `"authority":${textJson(authority)},` : '';
}

/** No character that JSON escapes, and ASCII only. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function textJson(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

function fieldsJson(fields: HeaderFields): string {
  const pairs: string[] = [];
  if (fields instanceof RawFields) {
    const { bytes, offsets } = fields;
    // Cutting one text is several times cheaper than decoding each piece.
    const text = bytes.toString('latin1');
    for (let at = 0; at < offsets.length; at += 4) {
      const value = text.slice(offsets[at + 2], offsets[at + 3]);
      const valueJson = plain.test(value) ? `"${value}"` : octetsJson(fields.value(at / 4));
      pairs.push(`[${textJson(text.slice(offsets[at], offsets[at + 1]))},${valueJson}]`);
    }
  } else for (const { name, value } of fields) pairs.push(`[${textJson(name)},${octetsJson(value)}]`);
  return `[${pairs.join()}]`;
}

/** Octets as text: UTF-8 when they are, else Latin-1. */
function octetsJson(octets: Buffer): string {
  return textJson(octets.toString(isUtf8(octets) ? 'utf8' : 'latin1'));
}

let second = Number.NaN;
let secondText = '';

/** ISO 8601, UTC, milliseconds. Most exchanges are of the same second as the one before. */
function timeText(timeUs: number): string {
  const now = Math.floor(timeUs / 1_000_000);
  if (now !== second) {
    second = now;
    secondText = new Date(now * 1000).toISOString().slice(0, -4);
  }
  const milliseconds = Math.floor(timeUs / 1000) - now * 1000;
  return `${secondText}${String(milliseconds).padStart(3, '0')}Z`;
}

const factsTexts = new WeakMap<ConnectionFacts, { parties: string; layer: string }>();

/** What is the same in every exchange of a connection. */
function factsJson(facts: ConnectionFacts): { parties: string; layer: string } {
  let texts = factsTexts.get(facts);
  if (texts === undefined) {
    const { client, server, workload, tls } = facts;
    texts = {
      parties: `"client":"${endpointText(client)}","server":"${endpointText(server)}"`,
      layer: `${workload ? `"workload":${JSON.stringify(workload)},` : ''}"tls":${tls}`,
    };
    factsTexts.set(facts, texts);
  }
  return texts;
}

const processTexts = new WeakMap<Process, string>();

function processJson(process: Process): string {
  let text = processTexts.get(process);
  if (text === undefined) {
    text = JSON.stringify(process);
    processTexts.set(process, text);
  }
  return text;
}
