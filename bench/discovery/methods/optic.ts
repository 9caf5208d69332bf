// Optic's path inference (npm @useoptic/optic, the package's own class) in the automatic mode: every inferred pattern is
// accepted. It scans all observed URLs for each segment, so its time is quadratic and the requests are capped.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installedPackage } from '../corpus.ts';
import type { Contestant } from './contestant.ts';

interface PathInference {
  addObservedUrl(url: string): void;
  addKnownPath(path: string): void;
  getInferedPattern(url: string): string;
}

export const optic: Contestant = {
  name: 'Optic 1.0.9',
  maximumRequests: 1500,
  group: async requests => {
    const folder = installedPackage('@useoptic/optic', '1.0.9');
    const file = join(folder, 'build', 'commands', 'capture', 'operations', 'path-inference.js');
    const { PathInference } = createRequire(file)(file) as { PathInference: new () => PathInference };
    const inference = new PathInference();
    const url = (segments: readonly string[]) => `/${segments.map(encodeURIComponent).join('/')}`;
    const urls = new Set(requests.map(({ segments }) => url(segments)));
    for (const observed of urls) inference.addObservedUrl(observed);
    const patterns = new Map<string, string>();
    for (const observed of urls) {
      const pattern = inference.getInferedPattern(observed);
      inference.addKnownPath(pattern);
      patterns.set(observed, pattern);
    }
    return requests.map(({ exchange, segments }) => `${exchange.method} ${patterns.get(url(segments))}`);
  },
};
