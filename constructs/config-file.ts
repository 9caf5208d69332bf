import type { Construct } from 'constructs';
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { type ConfigTree, configText } from './expression/config-text.ts';
import type { Val } from './expression/expr.ts';
import { helper } from './expression/helper.ts';
import { sha256 } from './expression/sha256.ts';
import type { Component, Installation } from './installation.ts';
import { Resource } from './resource.ts';

/** Name of the file inside the ConfigMap. */
export const configFileName = 'config.yaml';

/**
 * The ConfigMap with the configuration file of a service: the keys of `tree`, and those of the user's `extraConfig`.
 *
 * @param tree as documented in runtime/README.md
 * @returns the checksum of the file, for an annotation of the pods that read it
 */
export function configFile(
  scope: Construct,
  installation: Installation,
  component: Component,
  tree: ConfigTree,
): Val<string> {
  const { extraConfig } = installation.values.config[component];
  const content = helper(`${component}.config`, configText(tree, extraConfig));
  new Resource<ConfigMap>(scope, 'configmap', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: installation.metadata({ component }),
    // A block scalar in a chart ends in a line feed; the checksum is taken over the helper, which does not.
    data: { [configFileName]: typeof content === 'string' ? `${content}\n` : content },
  });
  return sha256(content);
}
