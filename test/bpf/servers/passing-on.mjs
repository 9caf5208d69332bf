// One process that ends TLS on PORT and passes the connections to PASSED_PORT on to TARGET, bytes as they are.
// Usage: passing-on.mjs PORT PASSED_PORT TARGET FOLDER
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect, createServer as createPlainServer } from 'node:net';

const [port, passedPort, target, folder] = process.argv.slice(2);
createServer(
  { cert: readFileSync(`${folder}/cert.pem`), key: readFileSync(`${folder}/key.pem`) },
  (_, response) => response.end('ok\n'),
).listen(Number(port), '127.0.0.1');
createPlainServer(client => {
  const upstream = connect(Number(target), '127.0.0.1');
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ])
    from.on('error', () => to.destroy()).pipe(to);
}).listen(Number(passedPort), '127.0.0.1');
