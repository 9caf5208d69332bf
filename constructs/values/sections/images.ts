import { choice } from '../kinds/choice.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { withoutEffect } from '../kinds/value-node.ts';

const tagPattern = [
  '^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$',
  'expected letters, digits, "_", "." and "-"',
] as const;

const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const;

function image(part: string) {
  return section(`Image of the ${part}.`, {
    fullname: string('', 'The whole reference, tag or digest included; set, it is used as it is.', {
      pattern: ['^\\S*$', 'expected an image reference without spaces'],
      maxLength: 512,
    }),
    registry: string('localhost', 'Registry; empty for an image name that has one already.'),
    name: string(`cdk8s-wallarm-oob/${part}`, 'Repository.', {
      pattern: ['^\\S+$', 'expected a repository name'],
    }),
    tag: string('', 'Tag; empty for the version of the chart.', { pattern: tagPattern, maxLength: 128 }),
    digest: string('', 'Digest such as sha256:…; set, it is used instead of the tag.', {
      pattern: ['^(sha256:[0-9a-f]{64})?$', 'expected sha256: and 64 hexadecimal digits'],
    }),
    pullPolicy: choice('IfNotPresent', 'When to pull the image.', pullPolicies),
  });
}

/** An image of the original that nothing here runs. */
function unusedImage(what: string) {
  const unused = (doc: string) => withoutEffect(string('', `${doc} of ${what}.`));
  return section(`Image of ${what}, which does not exist here.`, {
    fullname: unused('reference'),
    registry: unused('registry'),
    name: unused('repository'),
    tag: unused('tag'),
    digest: unused('digest'),
    pullPolicy: withoutEffect(choice('IfNotPresent', `pull policy of ${what}.`, pullPolicies)),
  });
}

/**
 * No default points at a public registry: the agent is privileged, and a name there that we do not own could
 * become anyone's.
 */
export const images = section(
  'Container images. Build them with `npm run images`, or name your own registry.',
  {
    agent: image('agent'),
    processing: image('processing'),
    aggregation: image('aggregation'),
    cloud: image('cloud'),
    nodeNative: unusedImage("the original's node; see `processing` and `aggregation`"),
    helper: unusedImage("the original's helpers"),
  },
  {
    node: 'removed: use config.images.processing and config.images.aggregation',
    responder: 'removed: remove it',
  },
);

/** Registry and repository of a part's image that we build. */
export function imageDefaults(part: 'agent' | 'processing' | 'aggregation' | 'cloud') {
  const { registry, name } = images.keys[part].keys;
  return { registry: registry.default, name: name.default };
}
