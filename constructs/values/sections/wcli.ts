import { choice } from '../kinds/choice.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { withoutEffect } from '../kinds/value-node.ts';

const jobs = [
  'exportEnvironment',
  'exportAttacks',
  'exportCounters',
  'bruteDetect',
  'syncIpLists',
  'exportMetrics',
  'syncIpListsSource',
  'syncMarkers',
  'syncNode',
  'weakJwtDetect',
  'exportBlockedStat',
  'detectCredStuffing',
  'syncApiSpecs',
] as const;

function job(name: (typeof jobs)[number]) {
  const level = name === 'exportCounters' ? 'ERROR' : 'INFO';
  return section(`The job ${name}.`, {
    logLevel: withoutEffect(string(level, 'the job does not exist here.', { maxLength: 32 })),
  });
}

type Jobs = { readonly [Name in (typeof jobs)[number]]: ReturnType<typeof job> };

export const wcli = section("The original's job runner, which does not exist here.", {
  logLevel: withoutEffect(
    choice('warn', 'the services have log levels of their own.', [
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'fatal',
      'panic',
      'disabled',
    ]),
  ),
  commands: section('Its jobs.', Object.fromEntries(jobs.map(name => [name, job(name)])) as Jobs),
});
