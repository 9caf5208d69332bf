// The configuration files that the objects hold, as the services check them when they start.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import type { z } from 'zod';
import { plainApp } from '../../constructs/synth/app.ts';
import { readValuesFile } from '../../constructs/synth/values-file.ts';
import { agentConfig } from '../../runtime/agent/config.ts';
import { aggregationConfig } from '../../runtime/aggregation/config.ts';
import { cloudConfig } from '../../runtime/cloud/cloud-config.ts';
import { processingConfig } from '../../runtime/processing/config.ts';
import { loadConfig } from '../../runtime/service/config.ts';
import { temporaryFolder } from './helm.ts';
import { everythingOn } from './schemas/everything-on.ts';
import { unusual } from './values-files/unusual.ts';

const schemas: Readonly<Record<string, z.ZodObject>> = {
  agent: agentConfig,
  processing: processingConfig,
  aggregation: aggregationConfig,
  cloud: cloudConfig,
};

interface ConfigMap {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: Readonly<Record<string, string>>;
}

/** Has keys of its own in the agent's file, which the agent refuses, as it should. */
const withKeysOfTheUser = 'several filters, and everything of the connector';

describe('the configuration files of the chart', () => {
  async function check(values: object): Promise<number> {
    const folder = await temporaryFolder();
    const objects = plainApp(folder, values, 'rel', 'ns').charts.flatMap(each => each.toJson());
    let checked = 0;
    for (const { kind, metadata, data } of objects as ConfigMap[]) {
      const schema = schemas[metadata.name.split('-').at(-1) ?? ''];
      const text = data?.['config.yaml'];
      if (kind !== 'ConfigMap' || !schema || text === undefined) continue;
      const file = join(folder, 'config.yaml');
      await writeFile(file, text);
      loadConfig(schema, file, {});
      checked += 1;
    }
    return checked;
  }

  for (const [name, values] of Object.entries(everythingOn))
    it(`are accepted by the services: ${name}`, async () => {
      assert.isAtLeast(await check(values), 3);
    });

  for (const [name, text] of Object.entries(unusual))
    it(`are accepted by the services: ${name}`, async () => {
      const file = join(await temporaryFolder(), 'values.yaml');
      await writeFile(file, text);
      const values = (await readValuesFile(file)) as { config: { agent?: object } };
      if (name === withKeysOfTheUser) values.config.agent = { ...values.config.agent, extraConfig: {} };
      assert.isAtLeast(await check(values), 3);
    });
});
