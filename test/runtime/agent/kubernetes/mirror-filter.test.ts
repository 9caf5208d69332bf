import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { type MirrorFilter, mirrorFilters } from '../../../../runtime/agent/kubernetes/mirror-filter.ts';

const annotations = {
  'app.kubernetes.io/name': 'myapp',
  'app.kubernetes.io/instance': 'myapp-instance-reserve',
  zones: 'a,b',
};
const pod: V1Pod = {
  metadata: { namespace: 'shop', labels: { environment: 'production', team: 'ops' }, annotations },
  spec: { nodeName: 'node-1', containers: [] },
};

const rows: [name: string, filters: MirrorFilter[], wanted: boolean][] = [
  ['nothing without filters', [], false],
  ['a namespace', [{ namespace: 'shop' }], true],
  ['another namespace', [{ namespace: 'shop-2' }], false],
  ['a namespace in another case', [{ namespace: 'Shop' }], false],
  ['one of several namespaces', [{ namespace: 'office,shop' }], true],
  ['a label', [{ pod_labels: { environment: 'production' } }], true],
  ['a label that has another value', [{ pod_labels: { environment: 'test' } }], false],
  ['a label that is missing', [{ pod_labels: { tier: 'web' } }], false],
  ['a label named like a property of objects', [{ pod_labels: { constructor: 'web' } }], false],
  ['one of several values', [{ pod_labels: { team: 'backend,ops' } }], true],
  ['one of several values, with blanks and empty ones', [{ pod_labels: { team: 'backend ,, ops ,' } }], true],
  ['all labels', [{ pod_labels: { environment: 'production', team: 'backend,ops' } }], true],
  ['all labels but one', [{ pod_labels: { environment: 'production', team: 'backend' } }], false],
  ['the beginning of a value', [{ pod_labels: { environment: 'prod' } }], false],
  ['a wildcard, which is none', [{ pod_labels: { environment: '*' } }], false],
  ['an annotation', [{ pod_annotations: { 'app.kubernetes.io/name': 'myapp' } }], true],
  ['an annotation whose value has a comma', [{ pod_annotations: { zones: 'a,b' } }], true],
  ['a part of an annotation whose value has a comma', [{ pod_annotations: { zones: 'a' } }], false],
  [
    'two annotations',
    [
      {
        pod_annotations: {
          'app.kubernetes.io/name': 'myapp',
          'app.kubernetes.io/instance': 'myapp-instance-main,myapp-instance-reserve',
        },
      },
    ],
    true,
  ],
  ['a node', [{ node_name: 'node-1' }], true],
  ['another node', [{ node_name: 'node-2' }], false],
  ['a container', [{ container_name: 'web' }], true],
  ['another container', [{ container_name: 'sidecar' }], false],
  ['all keys', [{ namespace: 'shop', node_name: 'node-1', container_name: 'web' }], true],
  ['all keys but one', [{ namespace: 'shop', node_name: 'node-2', container_name: 'web' }], false],
  ['the second entry', [{ namespace: 'office' }, { container_name: 'web' }], true],
  ['no entry', [{ namespace: 'office' }, { container_name: 'sidecar' }], false],
];

describe('the filters of the mirror', () => {
  for (const [name, filters, wanted] of rows)
    it(`${wanted ? 'take' : 'leave out'} a container by ${name}`, () => {
      expect(mirrorFilters(filters)(pod, 'web')).to.equal(wanted);
    });

  it('leave out a pod without labels, annotations and node', () => {
    const bare: V1Pod = { metadata: { namespace: 'shop' } };
    expect(mirrorFilters([{ pod_labels: { a: 'b' } }])(bare, 'web')).to.equal(false);
    expect(mirrorFilters([{ pod_annotations: { a: 'b' } }])(bare, 'web')).to.equal(false);
    expect(mirrorFilters([{ node_name: 'node-1' }])(bare, 'web')).to.equal(false);
  });
});
