/** One thing that is wrong with the values. */
export interface ValueProblem {
  /** The key, such as `config.api.port`; list items as `tolerations[0]`. Empty for the whole file. */
  readonly path: string;
  /** What was found, shortened; absent when the key is missing or its value is a secret. */
  readonly value?: string;
  /** What was expected and what to do. */
  readonly remedy: string;
}

/** A file that is something else altogether has a problem in every key. */
const maxLines = 50;

function line(problem: ValueProblem): string {
  const where = problem.path === '' ? 'values' : problem.path;
  return problem.value === undefined
    ? `${where}: ${problem.remedy}`
    : `${where}: ${problem.value}: ${problem.remedy}`;
}

/** The values do not fit their declaration. `message` has one line for each problem, at most 50. */
export class InvalidValuesError extends Error {
  readonly problems: readonly ValueProblem[];

  constructor(problems: readonly ValueProblem[]) {
    const more = problems.length - maxLines;
    const lines = problems.slice(0, maxLines).map(line);
    super([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
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
