import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { agentConfig } from '../../../runtime/agent/config.ts';
import { loadConfig } from '../../../runtime/service/config.ts';

describe('the configuration of the agent', () => {
  const directory = mkdtempSync(join(tmpdir(), 'oob-agent-config-'));
  after(() => rmSync(directory, { recursive: true }));

  function load(content: object) {
    const file = join(directory, 'agent.yaml');
    writeFileSync(file, JSON.stringify(content));
    return loadConfig(agentConfig, file, {});
  }

  it('believes no header of anybody, and mirrors nothing, when it says nothing', () => {
    const { realIp, selection } = load({});
    expect(realIp).to.deep.equal({ header: 'X-Real-IP', trustedCidrs: [] });
    expect(selection.filters).to.deep.equal([]);
    expect(selection.allNamespaces).to.equal(false);
  });

  it('takes filters and trusted load balancers as the values of the chart write them', () => {
    const filters = [
      { namespace: 'default' },
      { pod_labels: { team: 'backend,ops' }, pod_annotations: { a: 'b' } },
      { node_name: 'n', container_name: 'c' },
    ];
    const trustedCidrs = ['10.0.0.0/8', '2001:db8::/32', '::1/128', '::ffff:10.0.0.0/104', '0.0.0.0/0'];
    const config = load({ selection: { filters }, realIp: { header: 'X-Forwarded-For', trustedCidrs } });
    expect(config.selection.filters).to.deep.equal(filters);
    expect(config.realIp).to.deep.equal({ header: 'X-Forwarded-For', trustedCidrs });
  });

  it('refuses filters without a criterion, and ranges and headers that are none', () => {
    const wrong: [object, string][] = [
      [{ selection: { filters: [{}] } }, 'selection.filters.0: {}: expected at least one of namespace'],
      [
        { selection: { filters: [{ pod_labels: {} }] } },
        'selection.filters.0.pod_labels: {}: expected at least one name',
      ],
      [{ selection: { filters: [{ namespace: '' }] } }, 'selection.filters.0.namespace: ""'],
      [
        { selection: { filters: [{ namspace: 'a' }] } },
        'selection.filters.0.namspace: "a": expected no such key',
      ],
      [
        { realIp: { trustedCidrs: ['10.0.0.0/33'] } },
        'realIp.trustedCidrs.0: "10.0.0.0/33": expected an address',
      ],
      [{ realIp: { trustedCidrs: ['1'] } }, 'realIp.trustedCidrs.0: "1": expected an address'],
      [{ realIp: { header: 'X Real' } }, 'realIp.header: "X Real": expected the name of a header field'],
    ];
    for (const [content, message] of wrong) expect(() => load(content)).to.throw(message);
  });
});
