import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

/** In a process of its own that has used up its descriptors: what it finds in its own program, Node.js, then and later. */
const program = `
  import { closeSync, openSync, readFileSync } from 'node:fs';
  import { LibraryFiles } from './runtime/agent/capture/openssl/library-files.ts';
  import { executableFiles } from './runtime/agent/capture/process/memory-maps.ts';
  const node = executableFiles(readFileSync('/proc/self/maps', 'utf8')).find(file => file.path === process.execPath);
  const said = [];
  const files = new LibraryFiles('code', () => {}, (pid, file, what) => said.push(what));
  const look = file => files.inspect(process.pid, file) !== undefined;
  const opened = [];
  try {
    for (;;) opened.push(openSync('/dev/null'));
  } catch {}
  const library = { ...node, path: '/lib/libssl.so.3' };
  const then = [look(node), look(library), look(library)];
  opened.forEach(closeSync);
  console.log(JSON.stringify({ opened: opened.length, then, later: [look(node), look(library)], said }));
`;

describe('files that may contain a TLS library', () => {
  it('are looked at again when descriptors were used up, and libraries are named once', () => {
    const { stdout, stderr } = spawnSync(
      'prlimit',
      ['--nofile=64', process.execPath, '--no-warnings', '--input-type=module-typescript', '--eval', program],
      { encoding: 'utf8' },
    );
    expect(stderr).to.equal('');
    const { opened, then, later, said } = JSON.parse(stdout);
    expect(opened).to.be.below(64);
    expect(then).to.deep.equal([false, false, false]);
    expect(later).to.deep.equal([true, true]);
    expect(said).to.deep.equal(['cannot read a TLS library']);
  });
});
