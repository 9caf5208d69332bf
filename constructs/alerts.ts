import type { Val } from './expression/expr.ts';
import { text } from './expression/text.ts';

/** Alerts on what stops or thins the inventory; the metrics are those that the services serve. */
export function alertGroups(namespace: Val<string>): readonly object[] {
  const rules = [
    alert(
      'WallarmOobMirrorLoss',
      text`sum by (pod) (rate(oob_agent_exchanges_dropped_total{namespace="${namespace}"}[10m])) > 0`,
      'warning',
      'The agent {{ $labels.pod }} gives up mirrored requests',
      'Processing does not take them fast enough, or cannot be reached: look at its logs, raise its replicas or limits.',
    ),
    alert(
      'WallarmOobCaptureLoss',
      text`sum by (pod) (rate(oob_agent_capture_ring_full_bytes_total{namespace="${namespace}"}[10m])) > 0`,
      'warning',
      'The agent {{ $labels.pod }} loses traffic in the kernel',
      'Its ring buffers are full: raise capture.ringBytes in config.agent.extraConfig, or the CPU of the agent.',
    ),
    alert(
      'WallarmOobNoAgents',
      text`sum(oob_processing_agents{namespace="${namespace}"}) == 0`,
      'critical',
      'No agent is connected to processing',
      'Nothing is mirrored: look at the pods of the DaemonSet and at network policies.',
    ),
    alert(
      'WallarmOobUploadsPending',
      text`min_over_time(oob_aggregation_pending_endpoints{namespace="${namespace}"}[30m]) > 0`,
      'warning',
      'Aggregation has changes that the cloud service has not confirmed',
      'The inventory is behind: check config.api.host and the token, and whether the cloud service is ready.',
    ),
  ];
  return [{ name: 'wallarm-oob', rules }];
}

function alert(
  name: string,
  expr: Val<string>,
  severity: 'warning' | 'critical',
  summary: string,
  description: string,
): object {
  return {
    alert: name,
    expr,
    for: '15m',
    labels: { severity },
    annotations: { summary, description },
  };
}
