import { assert } from 'chai';
import { parse } from 'yaml';
import { migrateValues } from '../../../constructs/migrate/migrate.ts';
import { moves } from '../../../constructs/migrate/moves.ts';
import { resolveValues } from '../../../constructs/values/resolve.ts';

const old = `# Our cluster
config:
  api:
    token: t # from the console
  aggregation:
    # As many minutes as we keep
    tarantoolMemory: 4.0
  supervisord:
    logLevel: blather
  responder:
    upstream:
      server: fail_timeout=120s
processing:
  node:
    # Peak of last month
    resources:
      limits:
        memory: 8Gi
  service:
    clusterIP: None
`;

describe('migrating values of 0.10', () => {
  it('moves keys to their new places, with their comments', () => {
    const { text, changes } = migrateValues(old);
    assert.deepEqual(parse(text), {
      config: { api: { token: 't' }, aggregation: { wstoreMemory: 4 }, wcli: { logLevel: 'trace' } },
      processing: { containers: { nodeNative: { resources: { limits: { memory: '8Gi' } } } } },
    });
    for (const comment of [
      '# Our cluster',
      '# from the console',
      '# As many minutes',
      '# Peak of last month',
    ])
      assert.include(text, comment);
    assert.include(changes, 'config.aggregation.tarantoolMemory: moved to config.aggregation.wstoreMemory');
    assert.lengthOf(changes, 6);
  });

  it('gives values that the chart accepts', () => {
    assert.equal(resolveValues(parse(migrateValues(old).text)).config.aggregation.wstoreMemory, 4);
  });

  it('leaves a file of today as it is, byte for byte', () => {
    const today = 'config: {api:   {token: "t"}}  # short\n';
    assert.deepEqual(migrateValues(today), { text: today, changes: [] });
  });

  it('keeps the new key when both are set, and says so', () => {
    const { text, changes } = migrateValues(
      'config:\n  supervisord: {logLevel: warn}\n  wcli: {logLevel: info}\n',
    );
    assert.deepEqual(parse(text), { config: { wcli: { logLevel: 'info' } } });
    assert.deepEqual(changes, ['config.supervisord: removed, because config.wcli is set too']);
  });

  it('handles every key that the chart refuses as removed', () => {
    for (const { from } of moves) {
      const path = from.split('.');
      const value = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), {});
      const { changes } = migrateValues(JSON.stringify(value));
      assert.lengthOf(changes, 1, from);
    }
  });

  it('refuses what is not a map of values', () => {
    assert.throws(() => migrateValues('- a\n'), RangeError, 'expected a map');
    assert.throws(() => migrateValues('a: [\n'), RangeError, 'not YAML');
  });
});
