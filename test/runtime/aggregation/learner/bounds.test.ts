import { expect } from 'chai';
import fc from 'fast-check';
import { DistinctCounter } from '../../../../runtime/aggregation/learner/distinct.ts';
import type { NodeState } from '../../../../runtime/aggregation/learner/state.ts';
import { TemplateLearner } from '../../../../runtime/aggregation/learner/template-learner.ts';

const host = 'victim.example';

function flood(learner: TemplateLearner, count: number, path: (i: number) => string[]): void {
  for (let i = 0; i < count; i++) learner.observe({ host, method: 'GET', segments: path(i), status: 200 });
}

const scramble = (i: number): string => (Math.imul(i + 1, 2654435761) >>> 0).toString(36).replace(/\d/g, 'q');

describe('bounds of the learner', function () {
  this.timeout(60_000);

  it('folds the rarer children of a node and keeps the frequent ones', () => {
    const learner = new TemplateLearner({ limits: { children: 100 } });
    flood(learner, 400, () => ['orders']);
    flood(learner, 5000, i => [`word${scramble(i)}x`]);
    flood(learner, 400, () => ['users']);
    expect(learner.statistics().nodes).to.be.below(300);
    expect(learner.statistics().foldedNodes).to.be.above(4000);
    const state = JSON.stringify(learner.toState());
    expect(state).to.include('"orders"');
    expect(state).to.include('"users"');
  });

  it('keeps within the limit of nodes whatever the depth of random paths', () => {
    const learner = new TemplateLearner({ limits: { nodes: 2000 } });
    flood(learner, 5000, i => [scramble(i), scramble(i + 7), String(i), scramble(i + 9)]);
    expect(learner.statistics().nodes).to.be.at.most(2000);
    learner.learn();
    expect(learner.templates().length).to.be.above(0);
  });

  it('bounds what gathers in a folded child too, because learning looks at all children of a place', () => {
    const learner = new TemplateLearner({ limits: { children: 50 } });
    flood(learner, 4000, i => [scramble(i), scramble(i + 5000)]);
    const largest = (node: NodeState): number =>
      Math.max(node[4].length, ...node[4].map(([, child]) => largest(child)));
    const [[, root] = ['', undefined]] = learner.toState().hosts;
    // The folded child itself is one more.
    expect(root && largest(root)).to.be.at.most(51);
    learner.learn();
    expect(learner.templates().reduce((sum, template) => sum + template.requests, 0)).to.equal(4000);
  });

  it('counts every request, folded or not', () => {
    const learner = new TemplateLearner({ limits: { nodes: 500, children: 40 } });
    flood(learner, 3000, i => [scramble(i % 700), scramble(i)]);
    learner.learn();
    const total = learner.templates().reduce((sum, template) => sum + template.requests, 0);
    expect(total).to.equal(3000);
  });

  it('keeps within the limit when a client combines shape classes over many levels', () => {
    const shapes = ['7', '2026-01-01', '10.0.0.1', 'a@b.cc', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'];
    const learner = new TemplateLearner({ limits: { nodes: 500 } });
    flood(learner, 1000, i =>
      Array.from({ length: 8 }, (_, level) => shapes[Math.floor(i / 5 ** level) % 5] ?? ''),
    );
    expect(learner.statistics().nodes).to.be.at.most(500);
  });

  it('cuts deep paths, hosts beyond the limit and hostile names', () => {
    const learner = new TemplateLearner({ limits: { hosts: 3, depth: 5 } });
    learner.observe({ host, method: 'GET', segments: Array.from({ length: 5000 }, () => 'a') });
    for (let i = 0; i < 10; i++) learner.observe({ host: `h${i}.example`, method: 'GET', segments: ['a'] });
    expect(learner.statistics()).to.include({ hosts: 3, refusedRequests: 8 });
    for (let i = 0; i < 1000; i++)
      learner.observe({
        host,
        method: `M${i}`,
        segments: ['x'],
        status: i,
        queryKeys: [`k${i}`, '__proto__'],
        responseContentType: `t/${i}`,
      });
    expect(JSON.stringify(learner.toState()).length).to.be.below(5000);
    expect(learner.statistics().nodes).to.be.below(12);
  });

  it('throws on no segment text whatever it is', () => {
    const learner = new TemplateLearner();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 6 }), segments => {
        learner.observe({ host, method: 'GET', segments });
        learner.learn();
        expect(learner.assign(host, 'GET', segments)).to.match(/^GET \//);
        learner.explain(host, segments);
      }),
      { numRuns: 20 },
    );
  });

  it('estimates distinct texts within 20 % and merges estimates in any order', () => {
    const [a, b] = [new DistinctCounter(), new DistinctCounter()];
    for (let i = 0; i < 6000; i++) (i % 2 === 0 ? a : b).add(`text ${i}`);
    const whole = new DistinctCounter();
    for (let i = 0; i < 6000; i++) whole.add(`text ${i}`);
    a.merge(b);
    a.merge(b);
    expect([...a.registers]).to.deep.equal([...whole.registers]);
    expect(a.estimate()).to.be.within(4800, 7200);
  });
});
