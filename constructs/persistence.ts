import type { Construct } from 'constructs';
import type { PersistentVolumeClaim, Volume } from 'kubernetes-types/core/v1.d.ts';
import { and } from './expression/and.ts';
import { whenever } from './expression/guard.ts';
import { isEmpty } from './expression/is-empty.ts';
import { not } from './expression/not.ts';
import { orElse } from './expression/or-else.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

/** The volume `data` of a part: an emptyDir, or a claim that is created unless the values name one. */
export function dataVolume(
  scope: Construct,
  installation: Installation,
  component: 'aggregation' | 'cloud',
): Templated<Volume> {
  const { enabled, existingClaim, storageClass, accessModes, size, annotations } =
    installation.values[component].persistence;
  const name = installation.nameOf(component);
  whenever(scope, 'claim', and(enabled, isEmpty(existingClaim)), claim => {
    new Resource<PersistentVolumeClaim>(claim, 'persistentvolumeclaim', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: installation.metadata({ component, annotations: ['persistence', annotations] }),
      spec: {
        accessModes: unlessEmpty(accessModes) as string[],
        storageClassName: when(not(isEmpty(storageClass)), storageClass),
        resources: { requests: { storage: size } },
      },
    });
  });
  return {
    name: 'data',
    persistentVolumeClaim: when(enabled, { claimName: orElse(existingClaim, name) }),
    emptyDir: when(not(enabled), {}),
  };
}
