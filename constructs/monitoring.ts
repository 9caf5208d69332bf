import { Construct } from 'constructs';
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { alertGroups } from './alerts.ts';
import { dashboard } from './dashboard.ts';
import { whenever } from './expression/guard.ts';
import type { Installation } from './installation.ts';
import { Resource } from './resource.ts';

/** Alerts for the Prometheus operator, and the dashboard for Grafana's sidecar. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const { monitoring } = installation.values;
    whenever(this, 'alerts', monitoring.prometheusRule.enabled, guarded => {
      new Resource(guarded, 'prometheusrule', {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: installation.metadata({
          component: undefined,
          name: installation.fullname,
          labels: ['monitoring', monitoring.labels],
        }),
        spec: { groups: alertGroups(installation.release.namespace) },
      } as never);
    });
    whenever(this, 'grafana', monitoring.grafanaDashboard.enabled, guarded => {
      const { labels, annotations } = monitoring.grafanaDashboard;
      new Resource<ConfigMap>(guarded, 'dashboard', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: installation.metadata({
          component: undefined,
          name: installation.nameOf('dashboard'),
          labels: ['dashboard', labels],
          annotations: ['dashboard', annotations],
        }),
        data: { 'wallarm-oob.json': `${JSON.stringify(dashboard(), undefined, 2)}\n` },
      });
    });
  }
}
