import type { Bound, Partially, Static } from './kinds/section.ts';
import { section } from './kinds/section.ts';
import { agent } from './sections/agent.ts';
import { aggregation } from './sections/aggregation.ts';
import { cloud } from './sections/cloud.ts';
import { config } from './sections/config.ts';
import {
  extraAnnotations,
  extraLabels,
  extraObjects,
  fullnameOverride,
  global,
  imagePullSecrets,
  nameOverride,
  namespace,
  openshift,
  revisionHistoryLimit,
  tests,
} from './sections/general.ts';
import { monitoring } from './sections/monitoring.ts';
import { networkPolicy } from './sections/network-policy.ts';
import { processing } from './sections/processing.ts';

/** The declaration of every key. The type, values.yaml, its schema, the reference table and the checks follow from it. */
export const valuesSchema = section('Values of the chart wallarm-oob.', {
  nameOverride,
  fullnameOverride,
  imagePullSecrets,
  revisionHistoryLimit,
  extraLabels,
  extraAnnotations,
  global,
  config,
  agent,
  processing,
  aggregation,
  cloud,
  networkPolicy,
  monitoring,
  openshift,
  tests,
  namespace,
  extraObjects,
});

/** All values, defaults included. */
export type Values = Static<typeof valuesSchema>;

/** All values, each known now or only when Helm renders the chart. */
export type BoundValues = Bound<typeof valuesSchema>;

/** What a user writes: any part of the values. `null` deletes a default map or list entry, as in Helm. */
export type PartialValues = Partially<typeof valuesSchema>;
