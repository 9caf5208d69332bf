// har-to-openapi (npm): the function of the package that turns a URL path into a template, called for each request as
// the package itself does. Its template depends on the one path only, so this is what a converted capture contains.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedPackage } from '../corpus.ts';
import type { Contestant } from './contestant.ts';

interface StringUtilities {
  readonly parameterizeUrl: (path: string, minLengthForNumericPath?: number) => { readonly path: string };
}

export const harToOpenapi: Contestant = {
  name: 'har-to-openapi 3.0.1',
  group: async requests => {
    const file = join(installedPackage('har-to-openapi', '3.0.1'), 'dist', 'utils', 'string.js');
    const { parameterizeUrl } = (await import(pathToFileURL(file).href)) as StringUtilities;
    return requests.map(
      ({ exchange, segments }) => `${exchange.method} ${parameterizeUrl(`/${segments.join('/')}`).path}`,
    );
  },
};
