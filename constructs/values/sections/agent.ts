import { boolean } from '../kinds/boolean.ts';
import { choiceList } from '../kinds/choice-list.ts';
import { objectList } from '../kinds/object-list.ts';
import { section } from '../kinds/section.ts';
import { structured } from '../kinds/structured.ts';
import { printable, printableRemedy, withoutEffect } from '../kinds/value-node.ts';
import { metrics } from './metrics.ts';
import { containerKeys, podDisruptionBudget, podKeys, serviceAccount } from './workload.ts';

const capabilities = [
  'BPF',
  'PERFMON',
  'SYS_PTRACE',
  'DAC_READ_SEARCH',
  'CHECKPOINT_RESTORE',
  'SYS_RESOURCE',
  'SYS_ADMIN',
  'NET_ADMIN',
  'NET_RAW',
] as const;

export const agent = section(
  'The agent: a DaemonSet that mirrors the inbound traffic of selected pods.',
  {
    ...podKeys({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }),
    ...containerKeys({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } }, 15),
    privileged: boolean(true, 'Run privileged. Off: as root with the capabilities below and nothing else.'),
    capabilities: choiceList(
      ['BPF', 'PERFMON', 'SYS_PTRACE', 'DAC_READ_SEARCH', 'CHECKPOINT_RESTORE', 'SYS_RESOURCE'],
      'Capabilities without `privileged`. `SYS_ADMIN` is needed where perf events are restricted ' +
        '(kernel.perf_event_paranoid above 2).',
      capabilities,
    ),
    extraArgs: structured<readonly string[]>(
      'list of strings',
      [],
      'Arguments of the agent; not empty, they replace `run --config …`.',
      { type: 'array', items: { type: 'string', pattern: printable, description: printableRemedy } },
    ),
    extraPorts: objectList('Container ports, besides metrics and health.'),
    serviceAccount: serviceAccount(
      true,
      'Create it. The agent watches nodes, namespaces and pods through it.',
    ),
    metrics: metrics(),
    podDisruptionBudget: section('The pods of a DaemonSet are not drained.', {
      enabled: withoutEffect(boolean(true, 'a budget has no meaning for a DaemonSet.')),
      maxUnavailable: withoutEffect(podDisruptionBudget.keys.maxUnavailable),
      minAvailable: withoutEffect(podDisruptionBudget.keys.minAvailable),
    }),
  },
  { image: 'moved: use config.images.agent' },
);
