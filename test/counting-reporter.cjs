// Mocha's spec reporter, which also writes its counts, and what each failed attempt of a test said, as JSON to the file named by TEST_COUNTS.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const [failed, retried] = [[], []];
    const keep = attempts => (test, error) => {
      attempts.push({ title: test.fullTitle(), error: error?.stack ?? String(error) });
    };
    runner.on(Runner.constants.EVENT_TEST_FAIL, keep(failed));
    runner.on(Runner.constants.EVENT_TEST_RETRY, keep(retried));
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      if (process.env.TEST_COUNTS) {
        writeFileSync(
          process.env.TEST_COUNTS,
          JSON.stringify({ passes, failures, pending, failed, retried }),
        );
      }
    });
  }
};
