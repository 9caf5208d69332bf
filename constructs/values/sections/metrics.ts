import { boolean } from '../kinds/boolean.ts';
import { choice } from '../kinds/choice.ts';
import { integer } from '../kinds/integer.ts';
import { objectList } from '../kinds/object-list.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { withoutEffect } from '../kinds/value-node.ts';

/** Prometheus metrics of a part. */
export function metrics() {
  return section('Prometheus metrics, and the object that makes an operator scrape them.', {
    enabled: boolean(true, 'Serve metrics.'),
    type: choice(
      '',
      'Operator: `Prometheus` (PodMonitor), `VictoriaMetrics` (VMPodScrape); empty for the one that the cluster has.',
      ['', 'Prometheus', 'VictoriaMetrics'],
    ),
    port: integer(9090, 'Port.', 1024, 65_535),
    portName: withoutEffect(string('metrics', 'the port is always called `metrics`.')),
    path: string('/metrics', 'Path.', {
      pattern: ['^/[A-Za-z0-9_./-]*$', 'expected a path such as /metrics'],
    }),
    scrapeInterval: string('30s', 'How often to scrape.', {
      pattern: ['^([0-9]{1,6}(ms|s|m|h))?$', 'expected a duration such as 30s'],
    }),
    relabelings: objectList('Relabelling rules of the scrape object.'),
  });
}
