import { expect } from 'chai';
import fc from 'fast-check';
import { frameFlag, frameType, readFrameHeader } from '../../../../runtime/http/http2/frame-header.ts';
import { type CollectedStream, collect, type Step } from './collect.ts';
import { block, clientStart, data, frame, request, response, settings, settingsAck } from './frames.ts';
import { bytesOf, type RecordedSession, recordSession, type Truth } from './recorded-session.ts';

const bodyBytes = 2 ** 20;
const client = (...parts: Buffer[]): Step => ({ direction: 'request', bytes: Buffer.concat(parts) });
const server = (...parts: Buffer[]): Step => ({ direction: 'response', bytes: Buffer.concat(parts) });
const opened: readonly Step[] = [client(clientStart), server(settings(), settingsAck)];

/** Is `part` what remains of `whole` when some elements are left out? */
function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let index = 0;
  for (const element of whole) if (element === part[index]) index++;
  return index === part.length;
}

/** Nothing reported contradicts what the server saw; returns how many requests were reported with all their fields. */
function expectNothingWrong(
  streams: readonly CollectedStream[],
  truth: readonly Truth[],
  where: string,
): number {
  const byId = new Map(truth.map(seen => [seen.stream, seen]));
  let whole = 0;
  for (const { stream, request, requestEnd, responses } of streams) {
    const seen = byId.get(stream) ?? expect.fail(`${where}: stream ${stream} does not exist`);
    if (request) {
      const at = `${where}, stream ${stream}`;
      expect(request.method ?? seen.method, at).to.equal(seen.method);
      expect(request.target ?? seen.target, at).to.equal(seen.target);
      expect(request.authority ?? seen.authority, at).to.equal(seen.authority);
      const fields = request.fields.map(({ name, value }) => `${name}: ${value.toString('latin1')}`);
      expect(isSubsequence(fields, seen.fields), `${at}: ${fields}`).to.equal(true);
      const body = requestEnd?.body ?? Buffer.alloc(0);
      expect(body.equals(seen.body.subarray(0, body.length)), `${at}: body`).to.equal(true);
      expect(requestEnd?.truncated || body.length === seen.body.length, `${at}: silently cut`).to.equal(true);
      if (request.complete && fields.length === seen.fields.length && request.target !== undefined) whole++;
      else
        expect(!request.complete || request.fieldsUnknown > 0, `${at}: fields missing silently`).to.equal(
          true,
        );
    }
    for (const { status } of responses) expect([undefined, 103, seen.status], where).to.include(status);
  }
  return whole;
}

/** Removes bytes [from, to) of one direction and puts a gap there. */
function withHole(steps: readonly Step[], direction: string, from: number, to: number): Step[] {
  let position = 0;
  let open = false;
  return steps.flatMap((step): Step[] => {
    if ('gap' in step || step.direction !== direction) return [step];
    const start = position;
    position += step.bytes.length;
    const left = step.bytes.subarray(0, Math.max(0, from - start));
    const right = step.bytes.subarray(Math.min(step.bytes.length, Math.max(0, to - start)));
    if (left.length + right.length === step.bytes.length && (to <= start || from >= position)) return [step];
    const parts: Step[] = [];
    if (left.length > 0) parts.push({ ...step, bytes: left });
    if (!open) parts.push({ direction: step.direction, gap: to - from, lost: true });
    open = true;
    if (right.length > 0) parts.push({ ...step, bytes: right });
    return parts;
  });
}

describe('HTTP/2 with bytes missing', function () {
  this.timeout(120_000);

  const sessions: RecordedSession[] = [];
  before(async () => {
    for (const seed of [21, 22, 23]) sessions.push(await recordSession(seed, 40));
  });

  it('reports nothing wrong after joining at any point, and goes on within a few frames', () => {
    let possible = 0;
    let whole = 0;
    let targets = 0;
    for (const session of sessions) {
      const { pieces, truth } = session;
      const offsets = requestOffsets(bytesOf(session, 'request'));
      let position = 0;
      for (let cut = 0; cut < pieces.length; cut++) {
        if (cut > 0) {
          const { streams } = collect(pieces.slice(cut), { bodyBytes, fromStart: false });
          whole += expectNothingWrong(streams, truth, `joined at piece ${cut}`);
          targets += streams.filter(({ request }) => request?.target !== undefined).length;
          possible += offsets.filter(offset => offset >= position).length;
        }
        const piece = pieces[cut];
        if (piece?.direction === 'request') position += piece.bytes.length;
      }
    }
    const percent = (part: number): string => ((100 * part) / possible).toFixed(1);
    console.log(
      `        after joining late, of ${possible} later requests ${percent(targets)} % with their target, ` +
        `${percent(whole)} % with every field, 0 wrong`,
    );
    expect(targets / possible).to.be.at.least(0.5);
  });

  it('reports nothing wrong after joining at any byte', () => {
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(70_000),
        (which, share, skip) => {
          const { pieces, truth } = sessions[which] as RecordedSession;
          const later = pieces.slice(Math.floor(share * pieces.length));
          const [first, ...rest] = later;
          if (first === undefined) return;
          const joined = { ...first, bytes: first.bytes.subarray(skip % (first.bytes.length + 1)) };
          const { streams } = collect([joined, ...rest], { bodyBytes, fromStart: false });
          expectNothingWrong(streams, truth, `joined at ${share}, ${skip}`);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reports nothing wrong around holes, and nothing that is cut without saying so', () => {
    const hole = fc.tuple(
      fc.constantFrom('request', 'response'),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 60_000 }),
    );
    fc.assert(
      fc.property(fc.nat(2), fc.array(hole, { minLength: 1, maxLength: 4 }), (which, holes) => {
        const { pieces, truth } = sessions[which] as RecordedSession;
        let steps: Step[] = [...pieces];
        for (const [direction, share, bytes] of holes) {
          const total = pieces
            .filter(piece => piece.direction === direction)
            .reduce((sum, piece) => sum + piece.bytes.length, 0);
          const from = Math.floor(share * total);
          // One hole per direction: positions are of the whole stream.
          if (!steps.some(step => 'gap' in step && step.direction === direction)) {
            steps = withHole(steps, direction, from, Math.min(total, from + bytes));
          }
        }
        const { streams } = collect(steps, { bodyBytes });
        expectNothingWrong(streams, truth, JSON.stringify(holes));
      }),
      { numRuns: 150 },
    );
  });

  it('keeps in step when a hole lies inside one DATA frame', () => {
    const body = data(1, 'x'.repeat(100), true);
    const { streams, losses } = collect([
      ...opened,
      client(request(1, '/upload', false, 'PUT'), body.subarray(0, 40)),
      { direction: 'request', gap: 50, lost: true },
      client(body.subarray(90), request(3, '/next')),
    ]);
    expect(losses).to.deep.equal([]);
    expect(streams[0]?.requestEnd?.body.length).to.equal(31);
    expect(streams[0]?.requestEnd?.truncated).to.equal(true);
    expect(streams[0]?.requestEnd?.lostBytes).to.equal(50);
    expect(streams[1]?.request?.target).to.equal('/next');
    expect(streams[1]?.requestEnd?.lostBytes).to.equal(0);
  });

  it('tells what is left of a header block with a hole, and resolves no index across it', () => {
    const inserted = frame(
      0x1,
      0x5,
      1,
      block(
        [
          [':method', 'GET'],
          [':scheme', 'http'],
          [':path', '/a'],
        ],
        true,
      ),
    );
    const fields = [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/b'],
      ['x', 'y'.repeat(90)],
    ] as const;
    const cut = frame(0x1, 0x5, 3, block(fields, true));
    const { streams, losses } = collect([
      ...opened,
      client(inserted, cut.subarray(0, cut.length - 50)),
      { direction: 'request', gap: 50, lost: true },
      // :scheme http literally, then index 62: the hole may have held insertions.
      client(frame(0x1, 0x5, 5, Buffer.from([0x82, 0x86, 0xbe]))),
    ]);
    expect(losses).to.deep.equal([]);
    expect(streams.map(({ request: head }) => head?.target)).to.deep.equal(['/a', '/b', undefined]);
    expect(streams[1]?.request?.complete).to.equal(false);
    expect(streams[1]?.requestEnd?.lostBytes).to.equal(50);
    expect(streams[2]?.request?.fieldsUnknown).to.equal(1);
  });

  it('finds the next frame after a hole that swallowed a boundary', () => {
    const lost = Buffer.concat([data(1, 'tail', true), request(3, '/lost')]);
    const { streams, losses } = collect([
      ...opened,
      client(request(1, '/upload', false, 'PUT'), data(1, 'head')),
      { direction: 'request', gap: lost.length - 6, lost: true },
      client(
        lost.subarray(lost.length - 6),
        request(5, '/found'),
        request(7, '/found too'),
        request(9, '/third'),
      ),
    ]);
    expect(losses).to.deep.equal(['request gap']);
    expect(streams.map(({ request: head }) => head?.target)).to.deep.equal([
      '/upload',
      '/found',
      '/found too',
      '/third',
    ]);
    expect(streams[0]?.requestEnd?.truncated).to.equal(true);
    expect(streams[0]?.requestEnd?.lostBytes).to.equal(lost.length - 6);
  });

  it('understands a lone request that is the first write after joining', () => {
    const { streams } = collect([client(request(101, '/only')), server(response(101, '204'))], {
      fromStart: false,
    });
    expect(streams[0]?.request?.target).to.equal('/only');
    expect(streams[0]?.responses[0]?.status).to.equal(204);
  });

  it('does not wait behind content that looks like the header of a long frame', () => {
    const likeness = Buffer.concat([
      Buffer.from('tail'),
      Buffer.from([0, 0x3f, 0, 0, 0, 0, 0, 0, 1]),
      Buffer.from('tail'),
    ]);
    const { streams } = collect([client(likeness), client(request(101, '/a'))], { fromStart: false });
    expect(streams[0]?.request?.target).to.equal('/a');
  });

  it('does not take the content of an upload for frames while it knows the boundaries', () => {
    const forged = Buffer.concat([request(7, '/forged'), request(9, '/forged'), request(11, '/forged')]);
    const { streams } = collect([
      ...opened,
      client(request(1, '/upload', false, 'PUT'), data(1, forged), data(1, forged, true)),
    ]);
    expect(streams.map(({ request: head }) => head?.target)).to.deep.equal(['/upload']);
  });

  it('reads over the streams of a server that pushes, on a connection joined late', () => {
    const promise = Buffer.concat([Buffer.from([0, 0, 0, 2]), block([[':method', 'GET']])]);
    const { streams, losses } = collect(
      [
        client(request(101, '/a')),
        server(
          response(101, '200', false),
          frame(frameType.pushPromise, frameFlag.endHeaders, 101, promise),
          data(101, 'x', true),
        ),
        server(response(2, '200', false), data(2, 'pushed', true)),
        client(frame(frameType.windowUpdate, 0, 2, Buffer.from([0, 0, 0, 6]))),
        client(request(103, '/b')),
        server(response(103, '203')),
      ],
      { fromStart: false },
    );
    expect(losses).to.deep.equal([]);
    expect(streams.map(({ request: head, responses }) => [head?.target, responses[0]?.status])).to.deep.equal(
      [
        ['/a', 200],
        ['/b', 203],
      ],
    );
  });

  it('gives up a stream that never becomes HTTP/2', () => {
    const noise = Buffer.alloc(65_536, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const steps = Array.from({ length: 65 }, () => client(noise));
    expect(collect(steps, { fromStart: false }).foreign).to.equal(true);
  });
});

/** Offsets of the HEADERS frames that open a request, in the client's stream. */
function requestOffsets(stream: Buffer): number[] {
  const offsets: number[] = [];
  let highest = 0;
  // 24: the connection preface.
  for (let offset = 24; offset + 9 <= stream.length; ) {
    const { type, length, stream: id } = readFrameHeader(stream, offset);
    if (type === 1 && id > highest) {
      highest = id;
      offsets.push(offset);
    }
    offset += 9 + length;
  }
  return offsets;
}
