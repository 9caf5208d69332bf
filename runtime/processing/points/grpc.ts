// gRPC messages (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): 1 byte compressed flag, 4 bytes
// length, message. Client streams carry several.
import { decodeContent } from './content-coding.ts';
import type { PointSink } from './point-sink.ts';
import { type ProtobufResult, readProtobuf } from './protobuf.ts';

export type GrpcResult =
  | 'grpc'
  | Exclude<ProtobufResult, 'complete'>
  | 'unknown-coding'
  | 'bad-coding'
  | 'inflates-too-much';

/** Messages of one stream that are looked at: they are of one type. */
const maxMessages = 16;

/** `coding` is the field grpc-encoding. Messages of other formats than protobuf, such as JSON, are `invalid`. */
export function readGrpc(body: Buffer, coding: string | undefined, into: PointSink): GrpcResult {
  let result: GrpcResult = 'grpc';
  for (let at = 0, count = 0; at < body.length && count < maxMessages; count++) {
    if (body.length - at < 5) return 'invalid';
    const flag = body[at] ?? 0;
    const length = body.readUInt32BE(at + 1);
    at += 5;
    // The top bit marks the trailers of gRPC-Web.
    if (flag & 0x80) break;
    if (flag > 1 || at + length > body.length) return 'invalid';
    let message: Buffer = body.subarray(at, at + length);
    at += length;
    if (flag === 1) {
      const decoded = decodeContent(message, coding);
      if (typeof decoded === 'string') return decoded;
      message = decoded;
    }
    const outcome = readProtobuf(message, into);
    if (outcome !== 'complete') result = outcome;
  }
  return result;
}
