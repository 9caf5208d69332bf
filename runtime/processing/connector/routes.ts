// Settings by host and path. In each list the strongest route that matches counts, then the list inside it; inner
// values win.
import { RE2JS } from 're2js';
import type { ConnectorConfig, RouteConfig } from './config.ts';
import { hostPattern, matchesHost } from './host-pattern.ts';

export interface RouteSettings {
  /** 0: none. */
  application: number;
  isOff: boolean;
}

interface Route {
  /** nginx: exact, then `^~`, then expressions, then prefixes; without a route only the host counts. */
  rank: number;
  /** Of routes of one rank the longest counts, of expressions the first. */
  length: number;
  host: RegExp | undefined;
  matchesPath: (path: string) => boolean;
  application: number | undefined;
  mode: RouteConfig['wallarm_mode'];
  routes: Route[];
}

export class Routes {
  readonly #default: RouteSettings;
  readonly #routes: Route[];

  constructor({ wallarm_application, wallarm_mode, routes }: ConnectorConfig['route_config']) {
    this.#default = { application: Math.max(0, wallarm_application), isOff: wallarm_mode === 'off' };
    this.#routes = routes.map(compile);
  }

  of(host: string, path: string): RouteSettings {
    const settings = { ...this.#default };
    for (let routes = this.#routes; routes.length > 0; ) {
      const route = strongest(routes, host, path);
      if (route === undefined) break;
      if (route.application !== undefined) settings.application = Math.max(0, route.application);
      if (route.mode !== undefined) settings.isOff = route.mode === 'off';
      routes = route.routes;
    }
    return settings;
  }
}

function strongest(routes: readonly Route[], host: string, path: string): Route | undefined {
  let best: Route | undefined;
  for (const route of routes) {
    if (route.host !== undefined && !matchesHost(route.host, host)) continue;
    if (!route.matchesPath(path)) continue;
    if (
      best === undefined ||
      route.rank > best.rank ||
      (route.rank === best.rank && route.length > best.length)
    )
      best = route;
  }
  return best;
}

function compile(config: RouteConfig): Route {
  const { host, route = '', wallarm_application, wallarm_mode, routes = [] } = config;
  return {
    ...pathOf(route.trim()),
    host: host === undefined ? undefined : hostPattern(host),
    application: wallarm_application,
    mode: wallarm_mode,
    routes: routes.map(compile),
  };
}

function pathOf(route: string): Pick<Route, 'rank' | 'length' | 'matchesPath'> {
  if (route === '') return { rank: 0, length: 0, matchesPath: () => true };
  const [, modifier = '', text = ''] = /^(=|\^~|~\*|~)?\s*(.*)$/s.exec(route) ?? [];
  const { length } = text;
  if (modifier === '=') return { rank: 4, length, matchesPath: path => path === text };
  if (modifier === '^~') return { rank: 3, length, matchesPath: path => path.startsWith(text) };
  if (modifier === '') return { rank: 1, length, matchesPath: path => path.startsWith(text) };
  const expression = RE2JS.compile(text, modifier === '~*' ? RE2JS.CASE_INSENSITIVE : 0);
  return { rank: 2, length: 0, matchesPath: path => expression.test(path) };
}
