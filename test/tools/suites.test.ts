import { readdirSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { suites } from '../suites.ts';

describe('the test suites', () => {
  it('run every test file exactly once', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const files = readdirSync(`${root}/test`, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.test.ts'))
      .map(file => `test/${file}`);
    expect(files).not.to.be.empty;
    const runs = files.map(file => ({
      file,
      suites: suites
        .filter(suite => suite.files.some(glob => matchesGlob(file, glob)))
        .filter(suite => !suite.ignore?.some(glob => matchesGlob(file, glob)))
        .map(suite => suite.name),
    }));
    expect(runs.filter(run => run.suites.length !== 1)).to.deep.equal([]);
  });
});
