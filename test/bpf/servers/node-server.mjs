// HTTPS server of Node.js: OpenSSL is inside the program and works on memory buffers. Usage: node-server.mjs PORT FOLDER
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [port, folder] = process.argv.slice(2);
createServer(
  { cert: readFileSync(`${folder}/cert.pem`), key: readFileSync(`${folder}/key.pem`) },
  (request, response) => {
    request.resume();
    request.on('end', () => response.end('ok\n'));
  },
).listen(Number(port), '127.0.0.1');
