import { z } from 'zod';
import { commonConfig, listenAddress } from '../service/config.ts';

/** cloud.yaml; every key has a default. */
export const cloudConfig = commonConfig.extend({
  ingest: z.strictObject({ listen: listenAddress.prefault('0.0.0.0:8443') }).prefault({}),
  console: z.strictObject({ listen: listenAddress.prefault('0.0.0.0:8080') }).prefault({}),
  dataDir: z.string().min(1).default('/var/lib/wallarm-oob/cloud'),
});

export type CloudConfig = z.output<typeof cloudConfig>;
