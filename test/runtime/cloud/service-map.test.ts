import { expect } from 'chai';
import { serviceMap } from '../../../runtime/cloud/service-map.ts';
import type { EndpointParties } from '../../../runtime/cloud/storage/storage.ts';
import { batch, endpoint, parts } from './samples.ts';

const server = (pod: string, address: string) => ({ namespace: 'shop', pod, address, requests: 1 });

const endpoints: EndpointParties[] = [
  {
    cluster: 'a',
    host: 'orders.shop',
    callers: [
      { address: '10.0.0.7', requests: 5 },
      { address: '10.0.9.9', requests: 2 },
    ],
    servers: [server('orders-7d9f8b6c5f-x2k4z', '10.0.0.8'), server('orders-7d9f8b6c5f-b7bzq', '10.0.0.9')],
  },
  { cluster: 'a', host: 'orders.shop', callers: [{ address: '10.0.0.7', requests: 1 }], servers: [] },
  {
    cluster: 'a',
    host: 'shop.example',
    callers: [{ address: '', requests: 9 }],
    servers: [server('web-0', '10.0.0.7')],
  },
  { cluster: 'b', host: 'other', callers: [{ address: '10.0.0.7', requests: 1 }], servers: [] },
];

describe('the service map', () => {
  it('names callers by the pods that answer at their address, within a cluster', () => {
    expect(serviceMap(endpoints)).to.deep.equal({
      total: 4,
      connections: [
        { cluster: 'a', caller: '', host: 'shop.example', workloads: ['shop/web'], requests: 9 },
        { cluster: 'a', caller: 'shop/web', host: 'orders.shop', workloads: ['shop/orders'], requests: 6 },
        { cluster: 'a', caller: '10.0.9.9', host: 'orders.shop', workloads: ['shop/orders'], requests: 2 },
        { cluster: 'b', caller: '10.0.0.7', host: 'other', workloads: [], requests: 1 },
      ],
    });
  });

  it('lists the busiest of many connections', () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({
      ...{ cluster: 'a', host: `h${i}`, servers: [] },
      callers: [{ address: '', requests: i + 1 }],
    }));
    const { total, connections } = serviceMap(many);
    expect([total, connections.length, connections[0]?.requests]).to.deep.equal([3000, 2000, 3000]);
  });

  it('is read from what clusters uploaded', async () => {
    const { storage } = parts();
    const callers = [{ address: '10.0.0.7', requests: 5 }];
    await storage.ingest(batch([endpoint({ callers }), endpoint({ template: '/none' })]));
    expect(serviceMap(await storage.parties()).connections).to.have.length(1);
    await storage.close();
  });
});
