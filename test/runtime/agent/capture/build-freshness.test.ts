import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isStale } from '../../../../runtime/agent/capture/build-freshness.ts';

describe('the build of bpf/', () => {
  it('is known to be stale when a source has changed, in a checkout', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
    const [sources, built] = [join(checkout, 'bpf'), join(checkout, 'dist', 'bpf')];
    expect(isStale(built)).to.equal(false);
    mkdirSync(sources);
    mkdirSync(built, { recursive: true });
    const module = join(sources, 'fingerprint.mjs');
    copyFileSync(join(import.meta.dirname, '../../../../bpf/fingerprint.mjs'), module);
    const { fingerprint } = createRequire(import.meta.url)(module) as { fingerprint: () => string };
    writeFileSync(join(built, 'sources.sha256'), fingerprint());
    expect(isStale(built)).to.equal(false);
    writeFileSync(join(sources, 'new.h'), '');
    expect(isStale(built)).to.equal(true);
    rmSync(sources, { recursive: true });
    expect(isStale(built)).to.equal(false);
    rmSync(checkout, { recursive: true });
  });
});
