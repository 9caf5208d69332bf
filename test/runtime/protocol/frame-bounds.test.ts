import { expect } from 'chai';
import {
  checkAgentFrame,
  checkFindingsFrame,
  checkUploadBody,
} from '../../../runtime/protocol/frame-bounds.ts';
import { ProcessingFrame } from '../../../runtime/protocol/generated/findings.ts';
import { AgentFrame } from '../../../runtime/protocol/generated/mirror.ts';
import { Upload } from '../../../runtime/protocol/generated/upload.ts';
import { checkMessageBounds, type MessageShape } from '../../../runtime/protocol/message-bounds.ts';
import { newObservation, newParameter } from '../../../runtime/protocol/observation.ts';
import { exchange } from '../processing/mirror-client.ts';

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(content.length)]), content]);
}

/** `count` empty messages of field `number`. */
function empties(number: number, count: number): Buffer {
  return Buffer.alloc(2 * count, Buffer.from([(number << 3) | 2, 0]));
}

const limit = 20_000;

describe('the count of messages in a frame', () => {
  it('refuses frames of millions of empty messages, at every level', () => {
    const many = 1_500_000;
    const cases: [(bytes: Uint8Array) => void, Buffer][] = [
      [checkAgentFrame, field(2, empties(2, many))],
      [checkAgentFrame, field(2, empties(3, many))],
      [checkAgentFrame, empties(2, many)],
      [checkAgentFrame, field(2, field(2, field(8, empties(3, many))))],
      [checkAgentFrame, field(2, field(2, field(9, empties(2, many))))],
      [checkFindingsFrame, field(3, empties(5, many))],
      [checkFindingsFrame, field(3, field(5, empties(3, many)))],
      [checkFindingsFrame, field(3, field(5, empties(7, many)))],
      [checkFindingsFrame, field(3, field(5, field(8, empties(4, many))))],
      [checkFindingsFrame, field(3, field(5, field(8, empties(7, many))))],
      [checkFindingsFrame, field(3, field(5, empties(13, many)))],
      [checkUploadBody, empties(3, many)],
      [checkUploadBody, field(3, empties(9, many))],
      [checkUploadBody, field(3, empties(10, many))],
    ];
    for (const [check, bytes] of cases) expect(() => check(bytes)).to.throw(/^more than \d+ [a-z]+/);
  });

  it('lets through what honest senders send', () => {
    const exchanges = Array.from({ length: 500 }, () => exchange({ headers: { a: 'b', c: 'd' } }));
    checkAgentFrame(
      AgentFrame.encode({
        frame: { $case: 'batch', batch: { sequence: 1, exchanges, dropped: [] } },
      }).finish(),
    );
    const observation = newObservation({
      ...{ host: 'h', method: 'GET', requests: 2 ** 40, firstSeenUs: 2 ** 52, lastSeenUs: 2 ** 52 },
      segments: [{ segment: { $case: 'literal' as const, literal: 'a' } }],
      outcomes: [{ status: 200, content: 'json', requests: 1 }],
      parameters: [newParameter({ location: 1, name: 'n', types: [{ type: 'string', count: 1 }] })],
    });
    const delta = {
      ...{ agent: 'a', epoch: 'e', first: 1, last: 1 },
      observations: Array.from({ length: limit }, () => observation),
    };
    checkFindingsFrame(ProcessingFrame.encode({ frame: { $case: 'delta', delta } }).finish());
    const endpoint = Upload.fromPartial({ endpoints: [{ host: 'h', statuses: [{ status: 200 }] }] })
      .endpoints[0];
    if (endpoint === undefined) throw new Error('no endpoint');
    const endpoints = Array.from({ length: 1000 }, () => endpoint);
    checkUploadBody(Upload.encode({ cluster: 'c', clusterName: 'n', endpoints }).finish());
  });

  describe('of any shape', () => {
    const shape: MessageShape = { 1: { name: 'outer', of: { 2: { name: 'inner', most: 3 } } } };
    const check = (bytes: Uint8Array) => () => checkMessageBounds(bytes, shape, 6);

    it('counts within each parent, and all together', () => {
      check(field(1, empties(2, 3)))();
      expect(check(field(1, empties(2, 4)))).to.throw('more than 3 inner in one frame');
      const two = Buffer.concat([field(1, empties(2, 3)), field(1, empties(2, 2))]);
      expect(check(two)).to.throw('more than 6 messages in one frame');
    });

    it('skips fields it does not know, of every wire type', () => {
      const unknown = Buffer.from([0x38, 0xff, 0x01, 0x39, ...Array(8).fill(0x0a), 0x3d, 1, 2, 3, 4]);
      const group = Buffer.from([0x3b, 0x08, 0x01, 0x3c]);
      check(Buffer.concat([unknown, group, field(7, empties(2, 50)), field(1, unknown)]))();
    });

    it('refuses encodings that end early, or whose parts end after their whole', () => {
      for (const bytes of [[0x0a], [0x0a, 0x05, 0x00], [0x39, 1], [0x3d, 1], [0x80], [0x0e], [0x0f]])
        expect(check(Uint8Array.from(bytes)), String(bytes)).to.throw('not a complete protobuf message');
      const beyond = Buffer.from([0x0a, 0x02, 0x12, 0x04, 0x12, 0x00, 0x12, 0x00]);
      expect(check(beyond)).to.throw('not a complete protobuf message');
      expect(check(Buffer.alloc(20, 0xff))).to.throw('not a complete protobuf message');
    });
  });
});
