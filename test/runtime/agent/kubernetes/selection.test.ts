import { expect } from 'chai';
import { mirrorFilters } from '../../../../runtime/agent/kubernetes/mirror-filter.ts';
import { selected } from '../../../../runtime/agent/kubernetes/selection.ts';

type Row = [
  label: string | undefined,
  annotation: string | undefined,
  allNamespaces: boolean,
  wanted: boolean,
];

const rows: Row[] = [
  [undefined, undefined, false, false],
  [undefined, undefined, true, true],
  ['enabled', undefined, false, true],
  ['enabled', 'false', false, false],
  ['enabled', 'true', false, true],
  [undefined, 'true', false, true],
  [undefined, 'false', true, false],
  ['disabled', undefined, true, false],
  ['disabled', 'true', true, false],
  ['Enabled', 'yes', false, false],
  ['off', 'TRUE', true, true],
];

const none = mirrorFilters([]);
const everything = { allNamespaces: true, filters: mirrorFilters([{ namespace: 'shop' }]) };

describe('the selection of pods', () => {
  for (const [label, annotation, allNamespaces, wanted] of rows) {
    it(`${wanted ? 'takes' : 'leaves out'} a pod: namespace ${label}, pod ${annotation}, all ${allNamespaces}`, () => {
      const pod = {
        metadata: { annotations: annotation ? { 'mirror.wallarm.com/enabled': annotation } : {} },
      };
      const namespace = { metadata: { labels: label ? { 'wallarm-mirror': label } : {} } };
      expect(selected(pod, namespace, 'web', { allNamespaces, filters: none })).to.equal(wanted);
    });
  }

  it('takes what a filter describes, unless the namespace or the pod says no', () => {
    const filters = mirrorFilters([{ namespace: 'shop', container_name: 'web' }]);
    const says = (label?: string, annotation?: string, container = 'web'): boolean =>
      selected(
        {
          metadata: {
            namespace: 'shop',
            annotations: annotation ? { 'mirror.wallarm.com/enabled': annotation } : {},
          },
        },
        { metadata: { labels: label ? { 'wallarm-mirror': label } : {} } },
        container,
        { allNamespaces: false, filters },
      );
    expect(says()).to.equal(true);
    expect(says('disabled')).to.equal(false);
    expect(says('enabled', 'false')).to.equal(false);
    expect(says(undefined, 'false')).to.equal(false);
    expect(says(undefined, undefined, 'metrics')).to.equal(false);
    expect(says('enabled', undefined, 'metrics')).to.equal(true);
    expect(says(undefined, 'true', 'metrics')).to.equal(true);
  });

  it('leaves out the pods of the product itself', () => {
    const pod = {
      metadata: {
        labels: { 'app.kubernetes.io/name': 'wallarm-oob' },
        annotations: { 'mirror.wallarm.com/enabled': 'true' },
      },
    };
    expect(selected(pod, { metadata: {} }, 'web', everything)).to.equal(false);
  });

  it('leaves out a pod whose namespace is not known yet', () => {
    expect(selected({ metadata: {} }, undefined, 'web', everything)).to.equal(false);
  });
});
