import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { TargetMaps } from '../../../../runtime/agent/capture/targets.ts';

/** Keeps what is written as the kernel's maps would. */
class RecordingMaps {
  readonly maps = new Map<string, Map<string, Buffer>>();
  onUpdate: (name: string) => void = () => {};

  mapUpdate(name: string, key: Uint8Array, value: Uint8Array, onlyNew: boolean): boolean {
    this.onUpdate(name);
    const map = this.maps.get(name) ?? new Map<string, Buffer>();
    this.maps.set(name, map);
    const text = Buffer.from(key).toString('hex');
    if (onlyNew && map.has(text)) return false;
    map.set(text, Buffer.from(value));
    return true;
  }

  mapDelete(name: string, key: Uint8Array): boolean {
    return this.maps.get(name)?.delete(Buffer.from(key).toString('hex')) ?? false;
  }

  mapKeys(name: string): Buffer[] {
    return [...(this.maps.get(name)?.keys() ?? [])].map(text => Buffer.from(text, 'hex'));
  }

  get pids(): number[] {
    return this.mapKeys('target_pids').map(key => key.readUInt32LE(0));
  }

  get generation(): number | undefined {
    return this.maps.get('.data.control')?.get('00000000')?.readUInt32LE(0);
  }
}

describe('target maps', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  });

  it('select what a target forks after its descendants were listed and before the kernel adds them itself', () => {
    const native = new RecordingMaps();
    let forkedAt: number | undefined;
    native.onUpdate = name => {
      if (name !== '.data.control' || children.length > 0) return;
      forkedAt = native.generation ?? 0;
      children.push(spawn('sleep', ['60'], { stdio: 'ignore' }));
    };

    new TargetMaps(native, []).apply({ pids: new Set([process.pid]) });

    expect(native.pids).to.include.members([process.pid, children[0]?.pid]);
    // What it did meanwhile was found to be no target's, and is looked at again.
    expect(native.generation).to.equal((forkedAt ?? 0) + 2);
  });

  it('do not look for descendants where no process is selected by its number', () => {
    const native = new RecordingMaps();
    const maps = new TargetMaps(native, []);
    maps.apply({ pids: new Set([process.pid]) });
    maps.apply({ comms: new Set(['nginx']) });
    expect(native.pids).to.deep.equal([]);
    expect(native.generation).to.equal(2);
  });
});
