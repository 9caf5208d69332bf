import { boolean } from '../kinds/boolean.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { api } from './api.ts';
import { images } from './images.ts';

export const config = section('What the product does.', {
  api,
  agent: section('Capture on the nodes.', {
    mirror: section('Which traffic is mirrored.', {
      allNamespaces: boolean(
        false,
        'Mirror every namespace. Otherwise a namespace labelled `wallarm-mirror=enabled`, or a pod annotated ' +
          '`mirror.wallarm.com/enabled: "true"`.',
      ),
    }),
  }),
  aggregation: section('The API structure of this cluster.', {
    clusterName: string('default', 'Name of this cluster in the inventory.', { maxLength: 253 }),
  }),
  images,
});
