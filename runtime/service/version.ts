import manifest from '../package.json' with { type: 'json' };

/** Product version, from runtime/package.json. An import, so that a bundle carries it too. */
export const version: string = manifest.version;
