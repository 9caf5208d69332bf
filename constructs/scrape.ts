import { Construct } from 'constructs';
import { and } from './expression/and.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { isEmpty } from './expression/is-empty.ts';
import { isOneOf } from './expression/is-one-of.ts';
import { not } from './expression/not.ts';
import { or } from './expression/or.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Component, Installation } from './installation.ts';
import { Resource } from './resource.ts';

const operators = {
  Prometheus: { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', relabelings: 'relabelings' },
  VictoriaMetrics: {
    apiVersion: 'operator.victoriametrics.com/v1beta1',
    kind: 'VMPodScrape',
    relabelings: 'relabelConfigs',
  },
} as const;

type Operator = keyof typeof operators;

/** The object that makes an operator scrape a part: a PodMonitor or a VMPodScrape. */
export class ScrapeObject extends Construct {
  constructor(scope: Construct, id: string, installation: Installation, component: Component) {
    super(scope, id);
    for (const operator of ['Prometheus', 'VictoriaMetrics'] as const)
      whenever(this, operator, isWanted(installation, component, operator), guarded => {
        scrapeObject(guarded, installation, component, operator);
      });
  }
}

/** Of the operator that the values name, or of the one that the cluster has; Prometheus when it has both. */
function isWanted(installation: Installation, component: Component, operator: Operator): Val<boolean> {
  const { enabled, type } = installation.values[component].metrics;
  const { scrapeObjects } = installation.values.monitoring;
  const has = hasOperator(installation, operator);
  const isPreferred = operator === 'Prometheus' ? true : not(hasOperator(installation, 'Prometheus'));
  const isAlways = isOneOf(scrapeObjects, 'always');
  const isAuto = isOneOf(scrapeObjects, 'auto');
  const named = and(isOneOf(type, operator), or(isAlways, and(isAuto, has)));
  // Nothing is known of the cluster, but the objects are asked for: Prometheus' are the usual ones.
  const assumed =
    operator === 'Prometheus' ? and(isAlways, not(hasOperator(installation, 'VictoriaMetrics'))) : false;
  const found = and(isOneOf(scrapeObjects, 'auto', 'always'), has, isPreferred);
  return and(enabled, or(named, and(isEmpty(type), or(found, assumed))));
}

function hasOperator({ release }: Installation, operator: Operator): Val<boolean> {
  const { apiVersion, kind } = operators[operator];
  return or(release.hasApi(apiVersion), release.hasApi(`${apiVersion}/${kind}`));
}

function scrapeObject(
  scope: Construct,
  installation: Installation,
  component: Component,
  operator: Operator,
): void {
  const { path, scrapeInterval, relabelings } = installation.values[component].metrics;
  const { apiVersion, kind, relabelings: relabelingsKey } = operators[operator];
  new Resource(scope, kind.toLowerCase(), {
    apiVersion,
    kind,
    metadata: installation.metadata({
      component,
      labels: ['monitoring', installation.values.monitoring.labels],
    }),
    spec: {
      selector: { matchLabels: installation.selectorLabels(component) },
      podMetricsEndpoints: [
        {
          port: 'metrics',
          path,
          interval: when(not(isEmpty(scrapeInterval)), scrapeInterval),
          [relabelingsKey]: unlessEmpty(relabelings),
        },
      ],
    },
  } as never);
}
