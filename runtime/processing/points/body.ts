// A request body: content codings undone within bounds, then read by what it is, which is not always what it says.
import { ApiProtocol, Location } from '../../protocol/generated/findings.ts';
import type { Request } from '../../protocol/generated/mirror.ts';
import { type ContentClass, contentClass } from '../content-class.ts';
import { headerValue, mediaType } from '../headers.ts';
import { type CodingFailure, decodeContent } from './content-coding.ts';
import { readGraphql } from './graphql.ts';
import { type GrpcResult, readGrpc } from './grpc.ts';
import { parseJson, type WalkResult, walkJson } from './json.ts';
import { readMcp } from './json-rpc.ts';
import { type MultipartResult, readMultipart } from './multipart.ts';
import { readPairs } from './pairs.ts';
import type { PointSink } from './point-sink.ts';
import { type ProtobufResult, readProtobuf } from './protobuf.ts';
import { readXml, type XmlReading } from './xml.ts';

/** What became of a body; one counter each. */
export type BodyResult =
  | 'none'
  | 'json'
  | 'graphql'
  | 'mcp'
  | 'form'
  | 'protobuf'
  | 'other-type'
  | 'truncated'
  | 'not-utf-8'
  | MultipartResult
  | XmlReading['result']
  | GrpcResult
  | Exclude<ProtobufResult, 'complete'>
  | Exclude<WalkResult, 'complete'>
  | CodingFailure;

export interface BodyReading {
  result: BodyResult;
  /** Class of the Content-Type; empty: none was sent. */
  content: ContentClass;
  /** The content is of another class than the Content-Type says. */
  mislabelled: boolean;
  protocol: ApiProtocol;
  /** Empty unless the protocol has operations. */
  operation: string;
  /** MCP messages of every session (`ping`, …), which are no use of an API. */
  housekeeping: boolean;
}

export function readBody(request: Request, into: PointSink): BodyReading {
  const declared = headerValue(request.headers, 'content-type');
  const reading: BodyReading = {
    result: 'none',
    content: contentClass(mediaType(declared)),
    mislabelled: false,
    protocol: ApiProtocol.REST,
    operation: '',
    housekeeping: false,
  };
  if (reading.content === 'grpc') reading.protocol = ApiProtocol.GRPC;
  if (request.body.length === 0) return reading;
  reading.result = read(request, declared ?? '', reading, into);
  return reading;
}

function read(request: Request, declared: string, reading: BodyReading, into: PointSink): BodyResult {
  const { content } = reading;
  if (content === 'image') return 'other-type';
  // Half a document gives half a structure, which would look like optional parameters.
  if (request.truncated) return 'truncated';
  const decoded = decodeContent(request.body, headerValue(request.headers, 'content-encoding'));
  if (typeof decoded === 'string') return decoded;
  if (content === 'grpc') {
    const isText = declared.startsWith('application/grpc-web-text');
    const messages = isText ? Buffer.from(decoded.toString('latin1'), 'base64') : decoded;
    return readGrpc(messages, headerValue(request.headers, 'grpc-encoding'), into);
  }
  if (content === 'protobuf') {
    const result = readProtobuf(decoded, into);
    return result === 'complete' ? 'protobuf' : result;
  }
  if (content === 'multipart') return readMultipart(decoded, declared, into);
  const first = firstCharacter(decoded);
  const looksStructured = first === '{' || first === '[' || first === '<';
  if (
    !looksStructured &&
    content !== 'json' &&
    content !== 'xml' &&
    content !== 'form' &&
    content !== 'graphql'
  )
    return 'other-type';
  const text = textOf(decoded, declared);
  return text === undefined ? 'not-utf-8' : readText(text, first, reading, into);
}

/** By the content first: clients send JSON as forms (`curl -d`), XML as JSON, and either without a type. */
function readText(text: string, first: string, reading: BodyReading, into: PointSink): BodyResult {
  const { content } = reading;
  if (content === 'graphql') return readGraphqlBody({ query: text }, reading, into) ?? 'invalid';
  if (first === '<' && content !== 'form') {
    if (content === 'html') return 'other-type';
    reading.mislabelled = content !== 'xml' && content !== 'text' && content !== '';
    const { result, soapOperation } = readXml(text, into);
    if (soapOperation !== undefined) {
      reading.protocol = ApiProtocol.SOAP;
      reading.operation = soapOperation;
    }
    return result;
  }
  const json = first === '{' || first === '[' || content === 'json' ? parseJson(text) : undefined;
  if (json !== undefined) {
    reading.mislabelled = content !== 'json' && content !== 'text' && content !== '';
    return readJsonBody(json.root, reading, into);
  }
  if (content === 'form') {
    readPairs(text, Location.BODY, into);
    return 'form';
  }
  return content === 'json' || content === 'xml' ? 'invalid' : 'other-type';
}

function readJsonBody(root: unknown, reading: BodyReading, into: PointSink): BodyResult {
  const graphql = readGraphqlBody(root, reading, into);
  if (graphql !== undefined) return graphql;
  const mcp = readMcp(root, into);
  if (mcp === undefined) {
    const walked = walkJson(root, into);
    return walked === 'complete' ? 'json' : walked;
  }
  reading.protocol = ApiProtocol.MCP;
  reading.housekeeping = mcp.isHousekeeping;
  reading.operation = mcp.operation;
  return 'mcp';
}

function readGraphqlBody(root: unknown, reading: BodyReading, into: PointSink): BodyResult | undefined {
  const operation = readGraphql(root, into);
  if (operation === undefined) return undefined;
  reading.protocol = ApiProtocol.GRAPHQL;
  reading.operation = operation;
  return 'graphql';
}

/** After white space and a byte order mark; empty when there is none within 64 bytes. */
function firstCharacter(bytes: Buffer): string {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let at = start; at < Math.min(bytes.length, 64); at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0x20 && (byte < 9 || byte > 13)) return String.fromCharCode(byte);
  }
  return '';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** In UTF-8, or in Latin-1 when the Content-Type says so. */
function textOf(bytes: Buffer, contentType: string): string | undefined {
  if (/;\s*charset="?(?:iso-8859-1|windows-1252|us-ascii)/i.test(contentType))
    return bytes.toString('latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
