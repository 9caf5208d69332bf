import { boolean } from '../kinds/boolean.ts';
import { choiceList } from '../kinds/choice-list.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { stringMap } from '../kinds/string-map.ts';

/** Where a part keeps its data. */
export function persistence(size: string) {
  return section('Where the data is kept. Off: on an emptyDir, lost with the pod.', {
    enabled: boolean(false, 'Keep the data on a persistent volume.'),
    existingClaim: string('', 'Claim to use instead of a new one.', {
      pattern: ['^([a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$', 'expected the name of a claim'],
      maxLength: 253,
    }),
    storageClass: string('', "Storage class; empty for the cluster's default."),
    accessModes: choiceList(['ReadWriteOnce'], 'Access modes of the claim.', [
      'ReadWriteOnce',
      'ReadWriteOncePod',
      'ReadWriteMany',
    ]),
    size: string(size, 'Size of the claim.', {
      pattern: ['^[0-9]+(\\.[0-9]+)?([kKMGTPE]i?)?$', 'expected a quantity such as 10Gi'],
    }),
    annotations: stringMap({}, 'Annotations of the claim.'),
  });
}
