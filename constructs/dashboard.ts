/** One graph: the queries with their legends. */
interface Graph {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

const graphs: readonly Graph[] = [
  {
    title: 'Mirrored requests',
    unit: 'reqps',
    queries: [['sum by (pod) (rate(oob_agent_exchanges_total{namespace="$namespace"}[5m]))', '{{pod}}']],
  },
  {
    title: 'Mirrored requests given up',
    unit: 'reqps',
    queries: [
      ['sum by (cause) (rate(oob_agent_exchanges_dropped_total{namespace="$namespace"}[5m]))', '{{cause}}'],
    ],
  },
  {
    title: 'Traffic read and lost in the kernel',
    unit: 'Bps',
    queries: [
      ['sum(rate(oob_agent_capture_bytes_total{namespace="$namespace"}[5m]))', 'read'],
      ['sum(rate(oob_agent_capture_ring_full_bytes_total{namespace="$namespace"}[5m]))', 'lost'],
    ],
  },
  {
    title: 'Processed requests, by what became of them',
    unit: 'reqps',
    queries: [
      ['sum by (result) (rate(oob_processing_exchanges_total{namespace="$namespace"}[5m]))', '{{result}}'],
    ],
  },
  {
    title: 'Endpoints in the inventory',
    unit: 'short',
    queries: [['max(oob_cloud_inventory_endpoints{namespace="$namespace"})', 'endpoints']],
  },
  {
    title: 'Changes waiting for the cloud service',
    unit: 'short',
    queries: [['sum(oob_aggregation_pending_endpoints{namespace="$namespace"})', 'endpoints']],
  },
];

const width = 12;
const height = 8;

/** The dashboard as Grafana imports it (schema version 39, Grafana 11). */
export function dashboard(): object {
  const datasource = { type: 'prometheus', uid: '$datasource' };
  return {
    title: 'API discovery, out of band',
    uid: 'wallarm-oob',
    schemaVersion: 39,
    tags: ['wallarm-oob'],
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus' },
        {
          name: 'namespace',
          type: 'query',
          datasource,
          query: 'label_values(oob_processing_agents, namespace)',
          refresh: 2,
        },
      ],
    },
    panels: graphs.map(({ title, unit, queries }, index) => ({
      id: index + 1,
      title,
      type: 'timeseries',
      datasource,
      gridPos: { x: (index % 2) * width, y: Math.floor(index / 2) * height, w: width, h: height },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: queries.map(([expr, legendFormat], query) => ({
        refId: String.fromCharCode('A'.charCodeAt(0) + query),
        expr,
        legendFormat,
      })),
    })),
  };
}
