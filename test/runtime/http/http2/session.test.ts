import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { frameHeaderBytes, readFrameHeader } from '../../../../runtime/http/http2/frame-header.ts';
import { Tap } from '../hpack/record/tap.ts';
import { type CollectedStream, collect, type Step, summary } from './collect.ts';
import { type RecordedSession, recordSession, startServer, type Truth } from './recorded-session.ts';

const bodyBytes = 2 ** 20;

function expectTruth(streams: readonly CollectedStream[], truth: readonly Truth[]): void {
  expect(streams.length).to.equal(truth.length);
  const byId = new Map(streams.map(stream => [stream.stream, stream]));
  for (const seen of truth) {
    const { request, requestEnd, responses, end } =
      byId.get(seen.stream) ?? expect.fail(`no stream ${seen.stream}`);
    expect(request?.method).to.equal(seen.method);
    expect(request?.target).to.equal(seen.target);
    expect(request?.authority).to.equal(seen.authority);
    expect(request?.fields.map(({ name, value }) => `${name}: ${value.toString('latin1')}`)).to.deep.equal(
      seen.fields,
    );
    expect(requestEnd?.body.equals(seen.body), `body of stream ${seen.stream}`).to.equal(true);
    expect(requestEnd?.truncated).to.equal(false);
    expect(responses.at(-1)?.status).to.equal(seen.status);
    expect(end).to.equal('complete');
  }
}

/** The session without the content of responses, as the kernel programs deliver it. */
function withoutResponseBodies({ pieces }: RecordedSession): Step[] {
  const response = Buffer.concat(
    pieces.filter(({ direction }) => direction === 'response').map(({ bytes }) => bytes),
  );
  const steps: Step[] = [];
  for (let offset = 0; offset < response.length; ) {
    const { length, type } = readFrameHeader(response, offset);
    const end = offset + frameHeaderBytes + length;
    const kept = type === 0 ? offset + frameHeaderBytes : end;
    steps.push({ direction: 'response', bytes: response.subarray(offset, kept) });
    if (kept < end) steps.push({ direction: 'response', gap: end - kept, lost: false });
    offset = end;
  }
  return steps;
}

function has(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

describe('HTTP/2 sessions of real programs', function () {
  this.timeout(120_000);

  let session: RecordedSession;
  before(async () => {
    session = await recordSession(7, 60);
  });

  it('are understood as the server understood them: Node.js', () => {
    const { streams, losses } = collect(session.pieces, { bodyBytes });
    expect(losses).to.deep.equal([]);
    expectTruth(streams, session.truth);
  });

  for (const [program, paths, args] of [
    [
      'curl',
      ['/one?x=1'],
      ['-s', '--http2-prior-knowledge', '--data-binary', '@/proc/version', '-H', 'x-a: b'],
    ],
    ['nghttp', ['/one', '/two?x=1', '/three'], ['-n', '-w', '16', '-H', 'x-a: b']],
    ['h2load', ['/load'], ['-n', '50', '-c', '1', '-m', '10', '-H', 'x-a: b']],
  ] as const) {
    if (!has(program)) continue;
    it(`are understood as the server understood them: ${program}`, async () => {
      const { server, truth, port } = await startServer(11);
      const tap = new Tap(port);
      const base = `http://127.0.0.1:${await tap.listen()}`;
      const child = spawn(program, [...args, ...paths.map(path => base + path)], { stdio: 'ignore' });
      await once(child, 'exit');
      server.close();
      await tap.close();
      const { streams, losses } = collect(tap.connections[0]?.pieces ?? [], { bodyBytes });
      expect(losses).to.deep.equal([]);
      expect(truth.length).to.be.at.least(paths.length);
      expectTruth(streams, truth);
    });
  }

  it('give the same messages however the stream is split', () => {
    const expected = collect(session.pieces, { bodyBytes }).streams.map(summary);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }), sizes => {
        let turn = 0;
        const steps = session.pieces.flatMap(({ direction, bytes }) => {
          const parts: Step[] = [];
          for (let offset = 0; offset < bytes.length; ) {
            const size = sizes[turn++ % sizes.length] ?? 1;
            parts.push({ direction, bytes: bytes.subarray(offset, offset + size) });
            offset += size;
          }
          return parts;
        });
        expect(collect(steps, { bodyBytes }).streams.map(summary)).to.deep.equal(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('give the same messages when every byte comes alone', () => {
    const steps = session.pieces
      .slice(0, 60)
      .flatMap(({ direction, bytes }) =>
        Array.from(bytes, (_, index): Step => ({ direction, bytes: bytes.subarray(index, index + 1) })),
      );
    const expected = collect(session.pieces.slice(0, 60), { bodyBytes }).streams.map(summary);
    expect(collect(steps, { bodyBytes }).streams.map(summary)).to.deep.equal(expected);
  });

  it('give the same messages without the content of responses', () => {
    const requests = session.pieces.filter(({ direction }) => direction === 'request');
    const { streams, losses } = collect([...requests, ...withoutResponseBodies(session)], { bodyBytes });
    expect(losses).to.deep.equal([]);
    expectTruth(streams, session.truth);
  });
});
