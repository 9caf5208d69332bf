import type { Val } from './expression/expr.ts';
import { helper } from './expression/helper.ts';
import { orElse } from './expression/or-else.ts';
import { text } from './expression/text.ts';
import { withoutPrefix } from './expression/without-prefix.ts';
import type { Component, Installation } from './installation.ts';

/** Tag of a part's image: that of the values, or the version of the chart. */
export function imageTag(installation: Installation, component: Component): Val<string> {
  return orElse(installation.values.config.images[component].tag, installation.release.appVersion);
}

/** `registry/name:tag` of a part's image; `global.imageRegistry` replaces the registry. */
export function image(installation: Installation, component: Component): Val<string> {
  const { registry, name } = installation.values.config.images[component];
  const effective = orElse(installation.values.global.imageRegistry, registry);
  // Without a registry the name stands alone.
  const reference = text`${effective}/${name}:${imageTag(installation, component)}`;
  return helper(`${component}.image`, withoutPrefix(reference, '/'));
}
