// Runs inside the network of the node: sends the requests that standard input describes, over TLS, and prints how many
// answers of each status came. Started by cluster-traffic.ts.
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Traffic } from './cluster-traffic.ts';

const traffic = JSON.parse(await text(process.stdin)) as Traffic;
const agent = new Agent({
  keepAlive: true,
  maxSockets: 4,
  rejectUnauthorized: false,
  servername: traffic.host,
});

function send({ method, path, body }: Traffic['requests'][number]): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { host: traffic.host };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const { address, port } = traffic;
    const sent = request({ host: address, port, method, path, headers, agent, timeout: 10_000 }, answer => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path} in 10 s`)));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const statuses = await Promise.all(traffic.requests.map(send));
agent.destroy();
const counts: Record<string, number> = {};
for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
process.stdout.write(JSON.stringify(counts));
