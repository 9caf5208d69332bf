import { expect } from 'chai';
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

describe('the selection of pods', () => {
  for (const [label, annotation, allNamespaces, wanted] of rows) {
    it(`${wanted ? 'takes' : 'leaves out'} a pod: namespace ${label}, pod ${annotation}, all ${allNamespaces}`, () => {
      const pod = {
        metadata: { annotations: annotation ? { 'mirror.wallarm.com/enabled': annotation } : {} },
      };
      const namespace = { metadata: { labels: label ? { 'wallarm-mirror': label } : {} } };
      expect(selected(pod, namespace, { allNamespaces })).to.equal(wanted);
    });
  }

  it('leaves out the pods of the product itself', () => {
    const pod = {
      metadata: {
        labels: { 'app.kubernetes.io/name': 'wallarm-oob' },
        annotations: { 'mirror.wallarm.com/enabled': 'true' },
      },
    };
    expect(selected(pod, { metadata: {} }, { allNamespaces: true })).to.equal(false);
  });

  it('leaves out a pod whose namespace is not known yet', () => {
    expect(selected({ metadata: {} }, undefined, { allNamespaces: true })).to.equal(false);
  });
});
