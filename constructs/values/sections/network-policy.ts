import { boolean } from '../kinds/boolean.ts';
import { objectList } from '../kinds/object-list.ts';
import { section } from '../kinds/section.ts';

export const networkPolicy = section('Network policies: the parts may talk as they must, and no other way.', {
  enabled: boolean(true, 'Create them. They act only where the network plug-in enforces them.'),
  metricsFrom: objectList('Peers that may scrape metrics, as in a NetworkPolicy; empty for everybody.'),
  extraEgress: objectList('More egress rules of every part, as in a NetworkPolicy.'),
});
