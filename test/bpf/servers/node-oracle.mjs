// Node.js servers of every kind in one process. Usage: node-oracle.mjs FOLDER http=PORT https=PORT h2c=PORT h2=PORT
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';

const [folder, ...listeners] = process.argv.slice(2);
const tls = { cert: readFileSync(`${folder}/cert.pem`), key: readFileSync(`${folder}/key.pem`) };
const answer = (request, response) => {
  request.resume();
  request.on('end', () => response.end('ok\n'));
};
const make = {
  http: () => createServer(answer),
  https: () => createHttpsServer(tls, answer),
  h2c: () => createHttp2Server(answer),
  h2: () => createSecureServer(tls, answer),
};
for (const listener of listeners) {
  const [kind, port] = listener.split('=');
  make[kind]().listen(Number(port), '127.0.0.1');
}
