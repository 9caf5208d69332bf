import type { Construct } from 'constructs';
import type { ServiceAccount } from 'kubernetes-types/core/v1.d.ts';
import { choose } from './expression/choose.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { helper } from './expression/helper.ts';
import { orElse } from './expression/or-else.ts';
import type { Component, Installation } from './installation.ts';
import { Resource } from './resource.ts';

/**
 * The service account of a part, created when the values say so.
 *
 * @returns its name
 */
export function serviceAccount(
  scope: Construct,
  installation: Installation,
  component: Component,
): Val<string> {
  const { create, name, annotations } = installation.values[component].serviceAccount;
  const effective = helper(
    `${component}.serviceAccountName`,
    orElse(name, choose<string>(create, installation.nameOf(component), 'default')),
  );
  whenever(scope, 'account', create, account => {
    new Resource<ServiceAccount>(account, 'serviceaccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: installation.metadata({
        component,
        name: effective,
        annotations: ['serviceAccount', annotations],
      }),
      automountServiceAccountToken: component === 'agent',
    });
  });
  return effective;
}
