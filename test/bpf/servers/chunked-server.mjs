// Answers in chunks, with the target in the header field X-Target. Usage: chunked-server.mjs PORT
import { createServer } from 'node:http';

createServer((request, response) => {
  response.setHeader('X-Target', request.url);
  response.write('HTTP/1.1 599 Fake\r\n\r\n');
  // Half of them in calls of their own.
  if (request.url.length % 2) response.end('end\n');
  else setImmediate(() => response.end('end\n'));
}).listen(Number(process.argv[2]), '127.0.0.1');
