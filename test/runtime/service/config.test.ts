import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { ConfigError, commonConfig, listenAddress, loadConfig } from '../../../runtime/service/config.ts';
import { environmentNames } from '../../../runtime/service/config-environment.ts';

const schema = commonConfig.extend({
  listen: listenAddress.prefault('0.0.0.0:18443'),
  flushIntervalMs: z.int().min(10).default(1000),
  ports: z.array(z.int()).default([]),
  processing: z.strictObject({ host: z.string().default('127.0.0.1') }).prefault({}),
});

describe('the configuration of a service', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'oob-config-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  function load(text: string | Buffer, env: NodeJS.ProcessEnv = {}) {
    const file = join(directory, 'config.yaml');
    writeFileSync(file, text);
    return loadConfig(schema, file, env);
  }

  function linesOf(text: string | Buffer, env: NodeJS.ProcessEnv = {}): readonly string[] {
    try {
      load(text, env);
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      return (error as ConfigError).lines;
    }
    throw new Error('it was accepted');
  }

  it('has a default for every key', () => {
    for (const text of ['{}', '', '# nothing\n'])
      expect(load(text)).to.deep.include({
        listen: { host: '0.0.0.0', port: 18443 },
        log: { level: 'info', pretty: false },
        health: { listen: { host: '0.0.0.0', port: 18080 } },
        shutdown: { gracePeriodSeconds: 25 },
      });
  });

  it('names what is at fault: the file, the environment or both', () => {
    const wrong = { OOB_LOG__LEVEL: 'loud' };
    expect(() => load('{}', wrong)).to.throw(
      ConfigError,
      'The configuration in the environment cannot be used',
    );
    expect(() => load('{}', { OOB_LOG__LVL: 'x' })).to.throw(
      ConfigError,
      'in the environment cannot be used',
    );
    expect(() => load('flushIntervalMs: 1', wrong)).to.throw(
      ConfigError,
      /config\.yaml with the environment cannot/,
    );
    expect(() => load('flushIntervalMs: 1')).to.throw(ConfigError, /config\.yaml cannot/);
  });

  it('names every wrong and unknown key with its value, what was expected and its line', () => {
    const text =
      'log: {level: loud}\nmetrics:\n  listen: abc\n  prot: 3\nflushIntervalMs: "x"\nprocessing: 5\n';
    expect(linesOf(text)).to.deep.equal([
      'log.level: "loud": expected one of "trace", "debug", "info", "warn", "error", "fatal" (line 1)',
      'metrics.listen: "abc": expected host:port such as 0.0.0.0:9090 or [::]:9090 (line 3)',
      'metrics.prot: 3: expected no such key; check its spelling (line 4)',
      'flushIntervalMs: "x": expected number (line 5)',
      'processing: 5: expected object (line 6)',
    ]);
    expect(linesOf('flushIntervalMs: 1\n')).to.deep.equal([
      'flushIntervalMs: 1: expected at least 10 (line 1)',
    ]);
    expect(linesOf('flushIntervalMs: 10.5\n')[0]).to.contain('expected an integer');
  });

  it('names the line of a syntax error, of a repeated key and of what is no mapping', () => {
    expect(linesOf('a: 1\nb: [1\nc: 2\n')[0]).to.match(/^line \d: /);
    expect(linesOf('listen: 0.0.0.0:1\nlisten: 0.0.0.0:2\n')[0]).to.match(/^line 2: .*unique/);
    expect(linesOf('- 1\n')[0]).to.contain('expected a mapping');
  });

  it('refuses files that are missing, too long, not UTF-8 or multiply themselves by aliases', () => {
    expect(() => loadConfig(schema, join(directory, 'none.yaml'), {})).to.throw(ConfigError, 'ENOENT');
    expect(linesOf(Buffer.alloc(2 * 1024 * 1024, '#'))[0]).to.contain('expected at most 1048576');
    expect(linesOf(Buffer.from([0x61, 0x3a, 0xff]))[0]).to.contain('cannot be read');
    const levels = Array.from({ length: 9 }, (_, i) => `l${i}: &l${i} [${`*l${i - 1},`.repeat(i && 9)}x]`);
    expect(linesOf(levels.join('\n'))[0]).to.match(/alias/i);
  });

  it('is overridden by the environment', () => {
    const env = {
      OOB_LOG__LEVEL: 'debug',
      OOB_LOG__PRETTY: 'true',
      OOB_LISTEN: '[::]:1',
      OOB_FLUSH_INTERVAL_MS: '20',
      OOB_PORTS: '[80, 443]',
      OOB_PROCESSING__HOST: '12',
      OTHER: 'x',
    };
    expect(load('log: {level: warn}', env)).to.deep.include({
      log: { level: 'debug', pretty: true },
      listen: { host: '::', port: 1 },
      flushIntervalMs: 20,
      ports: [80, 443],
      processing: { host: '12' },
    });
  });

  it('says which variable is unknown or wrong', () => {
    const lines = linesOf('{}', { OOB_NOPE: '1', OOB_FLUSH_INTERVAL_MS: 'soon' });
    expect(lines[0]).to.contain('OOB_NOPE: "1": expected one of OOB_LOG__LEVEL, ');
    expect(lines[1]).to.equal('flushIntervalMs: "soon": expected number (from the environment)');
  });

  it('does not mistake the variables of a Kubernetes Service for its own', () => {
    load('{}', {
      OOB_PROCESSING_SERVICE_HOST: '10.0.0.1',
      OOB_PROCESSING_SERVICE_PORT: '18443',
      OOB_PROCESSING_SERVICE_PORT_MIRROR: '18443',
      OOB_PROCESSING_PORT: 'tcp://10.0.0.1:18443',
      OOB_PROCESSING_PORT_18443_TCP: 'tcp://10.0.0.1:18443',
      OOB_PROCESSING_PORT_18443_TCP_ADDR: '10.0.0.1',
    });
  });

  it('gives each key one environment name', () => {
    expect([...environmentNames(schema).keys()]).to.include.members([
      'OOB_METRICS__LISTEN',
      'OOB_SHUTDOWN__GRACE_PERIOD_SECONDS',
      'OOB_PROCESSING__HOST',
    ]);
  });
});
