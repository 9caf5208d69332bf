import { boolean } from '../kinds/boolean.ts';
import { choice } from '../kinds/choice.ts';
import { section } from '../kinds/section.ts';
import { stringMap } from '../kinds/string-map.ts';

export const monitoring = section('Objects for Prometheus, VictoriaMetrics and Grafana.', {
  scrapeObjects: choice(
    'auto',
    '`auto`: a PodMonitor or VMPodScrape for each part with metrics, where the cluster has that API; `always`, ' +
      '`never`. Argo CD and `helm template` know the APIs of the cluster only when they are told.',
    ['auto', 'always', 'never'],
  ),
  labels: stringMap({}, 'Labels of these objects, by which operators choose them.'),
  prometheusRule: section('Alerts.', { enabled: boolean(false, 'Create a PrometheusRule.') }),
  grafanaDashboard: section('Dashboard.', {
    enabled: boolean(false, 'Create a ConfigMap with the dashboard.'),
    labels: stringMap({ grafana_dashboard: '1' }, 'Labels by which the sidecar of Grafana finds it.'),
    annotations: stringMap({}, 'Annotations of the ConfigMap, such as its folder.'),
  }),
});
