// multipart/form-data (RFC 7578) over the delimiters of RFC 2046 §5.1.1.
import { Location } from '../../protocol/generated/findings.ts';
import { maxParts, maxValues } from '../limits.ts';
import { typeOfText } from '../value-type.ts';
import { parseJson, type WalkResult, walkJson } from './json.ts';
import { type PointSink, parameterName } from './point-sink.ts';

export type MultipartResult = 'multipart' | 'invalid' | Exclude<WalkResult, 'complete'>;

/** A longer part header block is no form field's. */
const maxPartHeaderBytes = 8 * 1024;

/** Text of a part that is looked at; longer ones are documents. */
const maxTextBytes = 64 * 1024;

/** `contentType` with its boundary parameter. Parts with a file name are files: noted, not looked into. */
export function readMultipart(body: Buffer, contentType: string, into: PointSink): MultipartResult {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return 'invalid';
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let at = body.indexOf(delimiter);
  if (at < 0) return 'invalid';
  let result: MultipartResult = 'multipart';
  for (let parts = 0; at >= 0; parts++) {
    const start = at + delimiter.length;
    // `--` after the delimiter closes the body.
    if (body[start] === 0x2d && body[start + 1] === 0x2d) return result;
    const next = body.indexOf(delimiter, start);
    const end = next < 0 ? body.length : next;
    if (parts >= maxParts) {
      into.drop();
      return 'too-many-values';
    }
    const outcome = readPart(body.subarray(start, end), into);
    if (outcome !== 'complete') result = outcome;
    at = next;
  }
  return result;
}

function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

function readPart(part: Buffer, into: PointSink): WalkResult | 'invalid' {
  const blank = part.subarray(0, maxPartHeaderBytes).indexOf('\r\n\r\n');
  if (blank < 0) return 'invalid';
  const head = part.subarray(0, blank).toString('utf8');
  const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(head)?.[1];
  const name = disposition && /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition);
  if (!name) return 'invalid';
  const text = parameterName((name[1] ?? name[2] ?? '').replace(/\[\d+\]/g, '[]'));
  const type = /^content-type:\s*([^\s;]+)/im.exec(head)?.[1]?.toLowerCase() ?? '';
  const isFile = /;\s*filename\*?=/i.test(disposition);
  const content = part.subarray(blank + 4, part.at(-2) === 0x0d ? part.length - 2 : part.length);
  if (isFile || content.length > maxTextBytes || (type !== '' && !/^text\/|json$/.test(type))) {
    into.add(Location.BODY, text, 'binary', '');
    return 'complete';
  }
  const value = content.toString('utf8');
  const json = type.endsWith('json') && value.length < maxValues * 100 ? parseJson(value) : undefined;
  if (json !== undefined) return walkJson(json.root, into, text);
  into.add(Location.BODY, text, value === '' ? undefined : typeOfText(value), value);
  return 'complete';
}
