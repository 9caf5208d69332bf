import { expect } from 'chai';
import { PacedTask } from '../../../../runtime/agent/capture/paced-task.ts';

/** Resolves when `task` has run `count` times. */
function runs(count: number): { task: () => Promise<void>; done: Promise<void>; times: number[] } {
  const times: number[] = [];
  let finish = () => {};
  const done = new Promise<void>(resolve => {
    finish = resolve;
  });
  const task = async () => {
    times.push(performance.now());
    if (times.length === count) finish();
  };
  return { task, done, times };
}

describe('a paced task', () => {
  it('runs once for many requests, and again for one that comes while it runs', async () => {
    const { task, done, times } = runs(2);
    const paced: PacedTask = new PacedTask(async () => {
      if (times.length === 0) paced.request();
      await task();
    });
    const start = performance.now();
    for (let count = 0; count < 100; count++) paced.request();
    await done;
    paced.close();
    expect(times).to.have.lengthOf(2);
    expect(times[0]).to.be.greaterThan(start + 90);
  });

  it('takes a small share of the time, however often it is asked for', async () => {
    const { task, done, times } = runs(2);
    const paced = new PacedTask(async () => {
      const end = performance.now() + 20;
      while (performance.now() < end);
      await task();
    });
    const asking = setInterval(() => paced.request(), 1);
    await done;
    clearInterval(asking);
    paced.close();
    expect((times[1] ?? 0) - (times[0] ?? 0)).to.be.greaterThan(20 * 20);
  });

  it('does not run when it is closed', async () => {
    const { task, times } = runs(1);
    const paced = new PacedTask(task);
    paced.request();
    paced.close();
    paced.request();
    // Timers of the same length run in the order in which they were set.
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(times).to.deep.equal([]);
  });
});
