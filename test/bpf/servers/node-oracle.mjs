// Node.js servers of every kind in one process. Usage: node-oracle.mjs FOLDER http=PORT https=PORT h2c=PORT h2=PORT
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';

const [folder, ...listeners] = process.argv.slice(2);
const tls = { cert: readFileSync(`${folder}/cert.pem`), key: readFileSync(`${folder}/key.pem`) };
const answer = (request, response) => {
  request.resume();
  request.on('end', () => {
    response.statusCode = Number(/status=(\d+)/.exec(request.url)?.[1] ?? 200);
    // Without a length: in chunks, with something behind them.
    if (request.url.includes('chunked')) {
      if (request.method !== 'HEAD') response.setHeader('trailer', 'x-sum');
      response.write('HTTP/1.1 is not the start of a response here\n');
      if (request.method !== 'HEAD') response.addTrailers({ 'x-sum': '1' });
    }
    response.end('ok\n');
  });
};
/** What follows a request to upgrade is echoed. */
const upgrade = (_request, socket, head) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
  socket.write(head);
  socket.pipe(socket);
  socket.on('error', () => socket.destroy());
};
const make = {
  http: () => createServer(answer),
  https: () => createHttpsServer(tls, answer),
  h2c: () => createHttp2Server(answer),
  h2: () => createSecureServer(tls, answer),
};
for (const listener of listeners) {
  const [kind, port] = listener.split('=');
  make[kind]().on('upgrade', upgrade).listen(Number(port), '127.0.0.1');
}
