import { choose } from './expression/choose.ts';
import { endsWith } from './expression/ends-with.ts';
import type { Val } from './expression/expr.ts';
import { helper } from './expression/helper.ts';
import { isEmpty } from './expression/is-empty.ts';
import { not } from './expression/not.ts';
import { orElse } from './expression/or-else.ts';
import { text } from './expression/text.ts';
import { withoutPrefix } from './expression/without-prefix.ts';
import type { Component, Installation } from './installation.ts';
import { imageDefaults } from './values/sections/images.ts';

/**
 * The vendor's agent, which a values file may name because it repeats the defaults of the original chart. It does not
 * run here: our image is taken instead.
 */
const vendorAgent = 'wallarm/ebpf-agent';

/** Tag of a part's image: that of the values, or the version of the chart. */
export function imageTag(installation: Installation, component: Component): Val<string> {
  const { tag, name } = installation.values.config.images[component];
  const { appVersion } = installation.release;
  if (component !== 'agent') return orElse(tag, appVersion);
  return choose(endsWith(name, vendorAgent), appVersion, orElse(tag, appVersion));
}

/**
 * `registry/name:tag`, or `registry/name@digest`, of a part's image; `global.imageRegistry` replaces the registry, and
 * `fullname` everything.
 */
export function image(installation: Installation, component: Component): Val<string> {
  const { registry, name, digest, fullname } = installation.values.config.images[component];
  const ours = imageDefaults(component);
  const isVendors = component === 'agent' ? endsWith(name, vendorAgent) : false;
  const ownRegistry = choose<string>(isVendors, ours.registry, registry);
  const repository = text`${orElse(installation.values.global.imageRegistry, ownRegistry)}/${choose<string>(isVendors, ours.name, name)}`;
  const reference = choose<string>(
    not(isEmpty(digest)),
    text`${repository}@${digest}`,
    text`${repository}:${imageTag(installation, component)}`,
  );
  // Without a registry the name stands alone.
  return helper(`${component}.image`, orElse(fullname, withoutPrefix(reference, '/')));
}
