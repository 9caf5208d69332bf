// Answers the first bytes of each connection with given pieces, each in a write of its own.
// Usage: replay.mjs PORT FOLDER plain|tls; FOLDER/pieces.json is an array of base64 texts, read for each connection.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const [port, folder, layer] = process.argv.slice(2);

function answer(socket) {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.once('data', () => {
    const pieces = JSON.parse(readFileSync(`${folder}/pieces.json`, 'utf8'));
    const next = index => {
      if (index === pieces.length) socket.end();
      else socket.write(Buffer.from(pieces[index], 'base64'), () => next(index + 1));
    };
    next(0);
  });
}

const server =
  layer === 'tls'
    ? createTlsServer(
        { cert: readFileSync(`${folder}/cert.pem`), key: readFileSync(`${folder}/key.pem`) },
        answer,
      )
    : createServer(answer);
server.listen(Number(port), '127.0.0.1');
