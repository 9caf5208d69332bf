import type { Construct } from 'constructs';
import { and } from './expression/and.ts';
import { isExpr, type Val } from './expression/expr.ts';
import { isEmpty } from './expression/is-empty.ts';
import { isOneOf } from './expression/is-one-of.ts';
import { moreThan } from './expression/more-than.ts';
import { not } from './expression/not.ts';
import { or } from './expression/or.ts';
import { text } from './expression/text.ts';
import type { Installation } from './installation.ts';
import { ports } from './ports.ts';
import { RawTemplate } from './raw-template.ts';
import { removedKeys } from './removed-keys.ts';
import { InvalidValuesError } from './values/errors.ts';

/** Values that each are right and together are not. */
interface Refusal {
  readonly path: string;
  /** What to do, one sentence. */
  readonly remedy: string;
  readonly condition: Val<boolean>;
}

/**
 * Refuses values that contradict each other, and keys of earlier versions of the product.
 *
 * @throws InvalidValuesError when the values are known; in a chart, Helm fails with the same lines
 */
export function refuseContradictions(scope: Construct, installation: Installation): void {
  const refusals = contradictions(installation);
  const problems = refusals.filter(({ condition }) => condition === true);
  if (problems.length > 0)
    throw new InvalidValuesError(problems.map(({ path, remedy }) => ({ path, remedy })));
  if (!refusals.some(({ condition }) => isExpr(condition))) return;
  new RawTemplate(scope, 'validation', use =>
    [...removedKeys(), ...refusals]
      .map(({ path, remedy, condition }) => {
        const message = JSON.stringify(`${path}: ${remedy}`);
        return isExpr(condition)
          ? `{{- if ${condition.pipeline(use)} }}\n{{- fail ${message} }}\n{{- end }}\n`
          : '';
      })
      .join(''),
  );
}

function contradictions(installation: Installation): readonly Refusal[] {
  const { aggregation, cloud, config } = installation.values;
  const { enabled, certManager, existingSecret, customSecret } = config.connector.certificate;
  const path = 'config.connector.certificate';
  const sources = [certManager.enabled, existingSecret.enabled, customSecret.enabled] as const;
  const [first, second, third] = sources;
  return [
    {
      path: `${path}.enabled`,
      remedy: 'true without a source: enable one of certManager, existingSecret and customSecret below it',
      condition: and(enabled, not(or(...sources))),
    },
    {
      path,
      remedy: 'contradictory sources: enable only one of certManager, existingSecret and customSecret',
      condition: and(enabled, or(and(first, second), and(first, third), and(second, third))),
    },
    {
      path: `${path}.existingSecret.name`,
      remedy: 'empty: set the name of the Secret with tls.crt and tls.key',
      condition: and(enabled, existingSecret.enabled, isEmpty(existingSecret.name)),
    },
    {
      path: `${path}.customSecret`,
      remedy: 'incomplete: set ca, crt and key, each in base64',
      condition: and(
        enabled,
        customSecret.enabled,
        or(isEmpty(customSecret.ca), isEmpty(customSecret.crt), isEmpty(customSecret.key)),
      ),
    },
    {
      path: 'aggregation.persistence.enabled',
      remedy:
        'true with several replicas, which would write the same data: set aggregation.replicaCount to 1 and aggregation.autoscaling.enabled to false',
      condition: and(
        aggregation.persistence.enabled,
        or(aggregation.autoscaling.enabled, moreThan(aggregation.replicaCount, 1)),
      ),
    },
    {
      path: 'cloud.service.port',
      remedy: `${ports.uploads} is the port of uploads: set another one`,
      condition: isOneOf(text`${cloud.service.port}`, String(ports.uploads)),
    },
    ...(['agent', 'processing', 'aggregation', 'cloud'] as const).map(component => ({
      path: `${component}.metrics.port`,
      remedy: 'a port of the product itself: set another one, such as 9090',
      condition: isOneOf(
        text`${installation.values[component].metrics.port}`,
        ...Object.values(ports).map(String),
      ),
    })),
  ];
}
