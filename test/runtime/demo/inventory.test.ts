import { expect } from 'chai';
import { type Endpoint, requestsOf, settle } from '../../../runtime/demo/inventory.ts';
import { tableLines } from '../../../runtime/demo/table.ts';

const endpoint = (requests: number, template = '/users'): Endpoint => ({
  id: 'id',
  cluster: 'demo',
  host: 'api.example.test',
  method: 'GET',
  template,
  requests,
  firstSeen: '2026-01-02T03:04:05.000Z',
  lastSeen: '2026-01-02T03:04:05.000Z',
  statuses: [{ status: 200, requests }],
  parameters: [
    {
      ...{ location: 'query', name: 'page', type: 'integer', required: true, requests },
      ...{ format: 'int32', distinctValues: 1, sensitive: [] },
    },
  ],
  ...{ protocol: 'REST', operation: '', requestContents: [], responseContents: [], authentications: [] },
  ...{ businessFlows: [], application: 0, callers: [], servers: [] },
});

describe('demo inventory', () => {
  /** Answers of the service one after the other, the last one for ever. */
  const answers = (...steps: (Endpoint[] | Error)[]) => {
    let step = 0;
    return async () => {
      const answer = steps[Math.min(step++, steps.length - 1)];
      if (answer instanceof Error || answer === undefined) throw answer;
      return answer;
    };
  };

  it('waits until every request is there and nothing moves any more', async () => {
    const read = answers(
      [],
      new Error('starting again'),
      [endpoint(3)],
      [endpoint(2), endpoint(3, '/orders')],
    );
    const { endpoints, complete } = await settle({ read, expected: 5, timeoutMs: 10_000, stableMs: 50 });
    expect(complete).to.equal(true);
    expect(requestsOf(endpoints)).to.equal(5);
    expect(endpoints).to.have.length(2);
  });

  it('gives back what there is when the time is up', async () => {
    const read = answers([endpoint(3)]);
    const { endpoints, complete } = await settle({ read, expected: 4, timeoutMs: 300, stableMs: 50 });
    expect(complete).to.equal(false);
    expect(requestsOf(endpoints)).to.equal(3);
  });

  it('stops waiting when asked to', async () => {
    const controller = new AbortController();
    const waiting = settle({
      read: answers([]),
      expected: 1,
      timeoutMs: 60_000,
      stableMs: 50,
      signal: controller.signal,
    });
    controller.abort();
    const error = await waiting.then(
      () => expect.fail('went on'),
      failure => failure,
    );
    expect(error.name).to.equal('AbortError');
  });

  it('is drawn as a table that fits and cannot move the cursor', () => {
    const lines = tableLines([endpoint(3), endpoint(12, '/\x1b[2J{id}')], 70);
    expect(lines[0]).to.match(/^METHOD {2}ENDPOINT +REQUESTS {2}STATUS {2}PARAMETERS$/);
    expect(lines[1]).to.match(/^GET {5}api\.example\.test\/users +3 {2}200 +page:integer$/);
    expect(lines.join('\n')).not.to.contain('\x1b');
    for (const line of tableLines([endpoint(1, '/long'.repeat(100))], 70))
      expect(line.length).to.be.at.most(70);
  });
});
