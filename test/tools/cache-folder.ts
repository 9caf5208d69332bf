import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder where built tools, base images and downloads are kept between runs, outside the checkout.
 *
 * `$CDK8S_WALLARM_OOB_CACHE`, else `$XDG_CACHE_HOME/cdk8s-wallarm-oob`, else `~/.cache/cdk8s-wallarm-oob`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CDK8S_WALLARM_OOB_CACHE) return env.CDK8S_WALLARM_OOB_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk8s-wallarm-oob');
}
