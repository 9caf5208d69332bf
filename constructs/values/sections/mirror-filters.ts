import { keyPattern } from '../kinds/kubernetes-json.ts';
import { word } from '../kinds/patterns.ts';
import { structured } from '../kinds/structured.ts';

/** One entry of `filters`: its keys are ANDed. */
export interface MirrorFilter {
  readonly namespace?: string;
  readonly pod_labels?: Readonly<Record<string, string>>;
  readonly pod_annotations?: Readonly<Record<string, string>>;
  readonly node_name?: string;
  readonly container_name?: string;
}

const words = {
  type: 'object',
  minProperties: 1,
  propertyNames: { type: 'string', pattern: keyPattern, description: 'the name of a label or annotation' },
  additionalProperties: word,
};

/** Static selection; an entry without a criterion is refused, because it would match every pod or none. */
export const mirrorFilters = structured<readonly MirrorFilter[]>(
  'list of filters',
  [],
  'What is mirrored besides labels and annotations: entries are ORed, the keys of one entry ANDed; a comma in a ' +
    'value means or.',
  {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        namespace: word,
        pod_labels: words,
        pod_annotations: words,
        node_name: word,
        container_name: word,
      },
    },
  },
);
