// What reaches an API besides its clients: scanners, browsers, probes. Status and type decide what a filter can drop.
import { type Exchange, neutral, noise } from './exchange.ts';
import type { Random } from './random.ts';
import * as words from './words.ts';

const scanned = (
  '.env .git/config .git/HEAD wp-login.php wp-admin/setup-config.php xmlrpc.php phpinfo.php admin administrator ' +
  'phpmyadmin/index.php cgi-bin/luci server-status actuator/env actuator/heapdump solr/admin/info/system ' +
  'vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php boaform/admin/formLogin HNAP1 manager/html .aws/credentials ' +
  'config.json backup.zip db.sql owa/auth/logon.aspx autodiscover/autodiscover.xml api/jsonws/invoke .DS_Store'
).split(' ');

/** One request that belongs to no operation, and its truth. */
export function noiseExchange(host: string, random: Random): { exchange: Exchange; truth: number } {
  const kind = random.next();
  if (kind < 0.55) {
    const made = random.chance(0.4);
    const path = made
      ? `/${random.pick(words.nouns)}${random.pick(['', '/admin', `/${random.pick(words.adjectives)}`])}${random.pick(['', '.php', '.bak', '.asp'])}`
      : `/${random.pick(scanned)}`;
    const answered = random.chance(0.03);
    const status = answered ? 200 : random.pick([404, 404, 404, 404, 403, 401]);
    return {
      exchange: get(host, path, status, answered || random.chance(0.7) ? 'text/html' : 'application/json'),
      truth: noise,
    };
  }
  if (kind < 0.8) {
    const extension = random.pick(['js', 'css', 'png', 'svg', 'woff2', 'ico']);
    const path = `/${random.pick(['static', 'assets', 'dist'])}/${random.pick(['main', 'app', 'vendor', 'chunk'])}.${random.text('0123456789abcdef', 8)}.${extension}`;
    const type =
      extension === 'js' ? 'application/javascript' : extension === 'css' ? 'text/css' : 'image/png';
    return { exchange: get(host, path, 200, type), truth: noise };
  }
  if (kind < 0.9) {
    const path = random.pick(['/', '/index.html', '/about', '/login', '/docs', '/pricing', '/blog/welcome']);
    return { exchange: get(host, path, 200, 'text/html'), truth: noise };
  }
  const path = random.pick(['/health', '/healthz', '/metrics', '/ready']);
  return { exchange: get(host, path, 200, random.pick(['application/json', 'text/plain'])), truth: neutral };
}

function get(host: string, path: string, status: number, responseContentType: string): Exchange {
  return {
    method: 'GET',
    host,
    path,
    query: '',
    status,
    requestContentType: '',
    responseContentType,
    headers: {},
  };
}
