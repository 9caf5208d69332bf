import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cgroup2MountPoint,
  findCgroupPaths,
  findContainerCgroup,
  findNamedCgroup,
} from '../../../../runtime/agent/capture/cgroup.ts';

const containerId = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';

describe('cgroup2MountPoint', () => {
  it('finds the unified hierarchy among version 1 mounts', () => {
    const mountInfo = [
      '31 24 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
      '32 31 0:28 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
      '33 31 0:29 / /sys/fs/cgroup/uni\\040fied rw,relatime shared:9 - cgroup2 cgroup2 rw',
    ].join('\n');
    expect(cgroup2MountPoint(mountInfo)).to.equal('/sys/fs/cgroup/uni fied');
  });

  it("does not take a container's view of its own part", () => {
    expect(cgroup2MountPoint('33 31 0:29 /../pod /sys/fs/cgroup ro - cgroup2 cgroup ro')).to.equal(undefined);
    expect(cgroup2MountPoint('')).to.equal(undefined);
  });
});

describe('findContainerCgroup', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cgroup-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  for (const [driver, path] of [
    ['cgroupfs', `kubepods/burstable/pod0a-1b/${containerId}`],
    [
      'systemd',
      `kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod0a_1b.slice/cri-containerd-${containerId}.scope`,
    ],
    ['nested', `kubelet.slice/kubelet-kubepods.slice/pod.slice/crio-${containerId}.scope`],
  ] as const) {
    it(`finds a container of the ${driver} driver`, () => {
      const folder = join(root, path);
      mkdirSync(folder, { recursive: true });
      mkdirSync(join(folder, '..', `crio-conmon-${containerId}.scope`));
      const id = statSync(folder, { bigint: true }).ino;
      expect(findContainerCgroup(`containerd://${containerId}`, root)).to.deep.equal({ id, path: folder });
      expect(findCgroupPaths(new Set([id]), root).get(id)).to.equal(folder);
    });
  }

  it('finds nothing for a container that is gone, and refuses what is no id', () => {
    expect(findContainerCgroup(containerId, root)).to.equal(undefined);
    for (const id of ['', '..', 'containerd://', 'a/../../b']) {
      expect(() => findContainerCgroup(id, root)).to.throw(RangeError, 'not a container id');
    }
  });
});

describe('findNamedCgroup', () => {
  let host: string;
  let root: string;
  /** A host that mounts version 1 too, as seen through /proc. */
  beforeEach(() => {
    host = join(mkdtempSync(join(tmpdir(), 'cgroup-')), 'proc/1/root');
    root = join(host, 'sys/fs/cgroup/unified');
    mkdirSync(join(root, 'system.slice/api.service'), { recursive: true });
    mkdirSync(join(host, 'sys/fs/cgroup/memory'));
  });
  afterEach(() => rmSync(join(host, '../../..'), { recursive: true }));

  it('takes paths below the mount, with and without it', () => {
    const path = join(root, 'system.slice/api.service');
    const id = statSync(path, { bigint: true }).ino;
    for (const name of [
      'system.slice/api.service',
      '/system.slice/api.service/',
      '../system.slice/api.service',
      '/sys/fs/cgroup/unified/system.slice/api.service',
    ])
      expect(findNamedCgroup(name, root).id, name).to.equal(id);
    const all = statSync(root, { bigint: true }).ino;
    for (const name of ['/', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/unified/'])
      expect(findNamedCgroup(name, root).id, name).to.equal(all);
  });

  it('refuses what lies outside the mount, naming that: it would mean everything, or something else', () => {
    for (const name of ['/sys/fs/cgroup', '/sys/fs/cgroup/', '/sys/fs/cgroup/memory', '/sys', 'sys/fs'])
      expect(() => findNamedCgroup(name, root), name).to.throw(
        'it lies outside the cgroup v2 mount, /sys/fs/cgroup/unified',
      );
  });

  it('says where it looked for what is not there', () => {
    const looked = '/sys/fs/cgroup/unified/no/such: ENOENT';
    for (const name of ['no/such', '/no/such', '/sys/fs/cgroup/unified/no/such'])
      expect(() => findNamedCgroup(name, root), name).to.throw(looked);
    for (const name of ['', '..', '../..'])
      expect(() => findNamedCgroup(name, root), name).to.throw('it names none');
  });
});
