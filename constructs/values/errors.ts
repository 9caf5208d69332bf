/** One thing that is wrong with the values. */
export interface ValueProblem {
  /** The key, such as `config.api.port`; list items as `tolerations[0]`. Empty for the whole file. */
  readonly path: string;
  /** What was found, shortened; absent when the key is missing or its value is a secret. */
  readonly value?: string;
  /** What was expected and what to do. */
  readonly remedy: string;
}

function line(problem: ValueProblem): string {
  const where = problem.path === '' ? 'values' : problem.path;
  return problem.value === undefined
    ? `${where}: ${problem.remedy}`
    : `${where}: ${problem.value}: ${problem.remedy}`;
}

/** The values do not fit their declaration. `message` has one line for each problem. */
export class InvalidValuesError extends Error {
  readonly problems: readonly ValueProblem[];

  constructor(problems: readonly ValueProblem[]) {
    super(problems.map(line).join('\n'));
    this.name = 'InvalidValuesError';
    this.problems = problems;
  }
}

/** A value that this installation needs is empty. */
export class MissingValueError extends InvalidValuesError {
  constructor(path: string, remedy: string) {
    super([{ path, value: '""', remedy }]);
    this.name = 'MissingValueError';
  }
}
