import { boolean } from '../kinds/boolean.ts';
import { integer } from '../kinds/integer.ts';
import type { KubernetesObject } from '../kinds/kubernetes-json.ts';
import { kubernetesJsonRef } from '../kinds/kubernetes-json.ts';
import { objectList } from '../kinds/object-list.ts';
import { apiVersion, kind, word } from '../kinds/patterns.ts';
import { openSection, section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { stringMap } from '../kinds/string-map.ts';
import { structured } from '../kinds/structured.ts';

const dnsLabel = [
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$',
  'expected lower-case letters, digits and "-", with a letter or digit at both ends',
] as const;

export const nameOverride = string('', 'Replaces "wallarm-oob" in the name of every object.', {
  pattern: dnsLabel,
  maxLength: 63,
});

export const fullnameOverride = string(
  '',
  'Replaces release and "wallarm-oob" in the name of every object.',
  { pattern: dnsLabel, maxLength: 63 },
);

export const imagePullSecrets = objectList('Secrets for pulling the images, as `- name: SECRET`.');

export const revisionHistoryLimit = integer(10, 'Old revisions of a workload that are kept.', 0, 1000);

export const extraLabels = stringMap({}, 'Labels of every object, besides the fixed ones.');

export const extraAnnotations = stringMap({}, 'Annotations of every object.');

export const global = openSection('Shared by all charts of a release.', {
  imageRegistry: string('', 'Replaces the registry of every image.'),
});

export const namespace = section(
  'The Namespace of the release. Only in plain YAML: a chart must not own its namespace.',
  {
    create: boolean(false, 'Write it, with the labels that Pod Security needs.'),
    labels: stringMap({}, 'More labels of it.'),
  },
);

export const openshift = section('OpenShift.', {
  scc: section('Security context constraints of the agent.', {
    create: boolean(false, 'Create them, as wide as the agent needs, and let its service account use them.'),
  }),
});

export const tests = section('`helm test`.', {
  enabled: boolean(false, 'Add a pod that asks the services whether they are ready.'),
});

export const extraObjects = structured<readonly KubernetesObject[]>(
  'list of Kubernetes objects',
  [],
  'Objects to install as well, as they are: nothing is added to them.',
  {
    type: 'array',
    items: {
      type: 'object',
      required: ['apiVersion', 'kind', 'metadata'],
      properties: {
        apiVersion,
        kind,
        metadata: {
          type: 'object',
          required: ['name'],
          properties: { name: word },
          additionalProperties: kubernetesJsonRef,
        },
      },
      additionalProperties: kubernetesJsonRef,
    },
  },
);
