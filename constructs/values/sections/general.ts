import { objectList } from '../kinds/object-list.ts';
import { openSection } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';

const dnsLabel = '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$';

export const nameOverride = string('', 'Replaces "wallarm-oob" in the name of every object.', {
  pattern: [dnsLabel, 'expected lower-case letters, digits and "-", with a letter or digit at both ends'],
  maxLength: 63,
});

export const imagePullSecrets = objectList('Secrets for pulling the images, as `- name: SECRET`.');

export const global = openSection('Shared by all charts of a release.', {
  imageRegistry: string('', 'Replaces the registry of every image.'),
});
