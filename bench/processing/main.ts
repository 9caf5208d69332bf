// npm run bench:processing: exchanges per second on one core, and where the time goes.
import { parseArgs } from 'node:util';
import { admit } from '../../runtime/processing/admission.ts';
import { processingConfig } from '../../runtime/processing/config.ts';
import { Connector } from '../../runtime/processing/connector/connector.ts';
import { DeltaBuilder } from '../../runtime/processing/delta-builder.ts';
import { type ObserveSettings, observe } from '../../runtime/processing/observe.ts';
import { Examiner } from '../../runtime/processing/sensitive/examiner.ts';
import { valueHash } from '../../runtime/processing/value-hash.ts';
import { checkAgentFrame } from '../../runtime/protocol/frame-bounds.ts';
import { Delta } from '../../runtime/protocol/generated/findings.ts';
import { AgentFrame, type Exchange } from '../../runtime/protocol/generated/mirror.ts';
import { frames } from './traffic.ts';

const { values: options } = parseArgs({
  options: { frames: { type: 'string', default: '60' }, help: { type: 'boolean', default: false } },
});
if (options.help) {
  console.log('Exchanges per second that processing reads on one core, and µs per exchange by stage.');
  console.log('--frames N   batches of 500 exchanges (60)');
  process.exit(0);
}

const target = 20_000;
const input = frames(Number(options.frames), 7);
const { admission, connector, sensitiveData } = processingConfig.parse({});
const bare: ObserveSettings = { admission };
const hashed: ObserveSettings = {
  admission,
  values: { hash: valueHash('bench') },
  connector: new Connector(connector),
};
const examiner = new Examiner({ sampling: sensitiveData.sampling });
const full: ObserveSettings = { ...hashed, values: { ...hashed.values, examiner } };
const exchanges = input.length * 500;

function decode(bytes: Uint8Array): Exchange[] {
  const { frame } = AgentFrame.decode(bytes);
  return frame?.$case === 'batch' ? frame.batch.exchanges : [];
}

function readAll(settings: ObserveSettings | undefined): number {
  const builder = new DeltaBuilder();
  let bytes = 0;
  for (const [index, frame] of input.entries()) {
    checkAgentFrame(frame);
    builder.beginBatch(index + 1);
    for (const exchange of decode(frame)) {
      if (settings === undefined) continue;
      const observed = observe(exchange, settings);
      if (typeof observed !== 'string') builder.add(observed.observation);
    }
    if (builder.full || index === input.length - 1)
      bytes += Delta.encode(builder.take('a', 'e')).finish().length;
  }
  return bytes;
}

/**
 * µs of processor time per exchange, all threads of the process (garbage collection included), whatever else runs on the
 * machine; the least of seven runs, after one to warm up.
 */
function time(work: () => unknown): number {
  work();
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 7; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best / exchanges;
}

const each = <T>(items: readonly T[], use: (item: T) => unknown): void => {
  for (const item of items) use(item);
};

const decoded = input.flatMap(decode);
const stages: [string, number][] = [
  ['check the frame', time(() => input.forEach(checkAgentFrame))],
  ['decode protobuf', time(() => input.forEach(decode))],
  ['admit', time(() => each(decoded, exchange => admit(exchange, admission)))],
];
const points = time(() => each(decoded, exchange => observe(exchange, bare)));
const hashes = time(() => each(decoded, exchange => observe(exchange, hashed)));
const sensitive = time(() => each(decoded, exchange => observe(exchange, full)));
const withoutSensitive = time(() => readAll(hashed));
const everything = time(() => readAll(full));
stages.push(
  ['points, protocol, authentication', points - (stages[2]?.[1] ?? 0)],
  ['hashes of values, connector settings', hashes - points],
  ['sums and encoding of deltas', withoutSensitive - hashes - (stages[0]?.[1] ?? 0) - (stages[1]?.[1] ?? 0)],
  [`sensitive data (sampling ${sensitiveData.sampling})`, sensitive - hashes],
);
console.log(
  `${exchanges} exchanges, ${Math.round(input.reduce((sum, { length }) => sum + length, 0) / exchanges)} bytes each`,
);
for (const [stage, us] of stages) console.log(`${stage.padEnd(40)} ${us.toFixed(2).padStart(7)} µs`);
const perSecond = (us: number) =>
  `${us.toFixed(2).padStart(7)} µs  ${Math.round(1e6 / us)
    .toLocaleString('en')
    .padStart(8)}/s`;
console.log(`${'all, without sensitive data'.padEnd(40)} ${perSecond(withoutSensitive)}`);
console.log(`${'all'.padEnd(40)} ${perSecond(everything)}`);
const isMet = 1e6 / everything >= target;
console.log(`target: ${target.toLocaleString('en')}/s on one core: ${isMet ? 'met' : 'missed'}`);
process.exitCode = isMet ? 0 : 1;
