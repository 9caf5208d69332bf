import { choice } from '../kinds/choice.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';

function image(part: string) {
  return section(`Image of the ${part}.`, {
    registry: string('localhost', 'Registry; empty for an image name that has one already.'),
    name: string(`cdk8s-wallarm-oob/${part}`, 'Repository.', {
      pattern: ['^\\S+$', 'expected a repository name'],
    }),
    tag: string('', 'Tag; empty for the version of the chart.', {
      pattern: [
        '^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$',
        'expected letters, digits, "_", "." and "-"',
      ],
      maxLength: 128,
    }),
    pullPolicy: choice('IfNotPresent', 'When to pull the image.', ['Always', 'IfNotPresent', 'Never']),
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
  },
);
