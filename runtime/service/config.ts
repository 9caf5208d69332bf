// Configuration of a service: one YAML file plus environment overrides, checked strictly before anything starts.
import { isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { applyEnvironment } from './config-environment.ts';
import { describeIssues } from './config-issues.ts';
import { listenAddress } from './listen-address.ts';
import { readSmallFile } from './small-file.ts';

export { type ListenAddress, listenAddress } from './listen-address.ts';

const maxFileBytes = 1024 * 1024;

/** Everything that is wrong with a configuration, one line each in `lines`: `path: value: expected …`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly lines: readonly string[];

  /** @param source the file, or another name of what is at fault */
  constructor(source: string, lines: readonly string[]) {
    super([`The configuration ${source} cannot be used:`, ...lines.map(line => `  ${line}`)].join('\n'));
    this.lines = lines;
  }
}

/** The `health` section with the port a service prefers. */
export function healthSection(listen = '0.0.0.0:18080') {
  return z.strictObject({ listen: listenAddress.prefault(listen) }).prefault({});
}

/** Keys common to all services; extend it: `commonConfig.extend({ listen: listenAddress.prefault('…') })`. */
export const commonConfig = z.strictObject({
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
      pretty: z.boolean().default(false),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      enabled: z.boolean().default(true),
      listen: listenAddress.prefault('0.0.0.0:9090'),
      path: z
        .string()
        .regex(/^\/[\w./-]*$/, { error: 'a path such as /metrics' })
        .default('/metrics'),
    })
    .prefault({}),
  health: healthSection(),
  shutdown: z.strictObject({ gracePeriodSeconds: z.int().min(1).max(3600).default(25) }).prefault({}),
});

export type CommonConfig = z.output<typeof commonConfig>;

/**
 * Reads `file`, applies `OOB_…` overrides from `env` and checks the result against `schema`.
 * Throws ConfigError naming every mistake at once, each with its path, value, what was expected and, for values from
 * the file, the line.
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema,
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): z.output<Schema> {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0)
    throw new ConfigError(
      file,
      document.errors.map(error => `line ${lineCounter.linePos(error.pos[0]).line}: ${error.message}`),
    );
  // Expanding aliases is bounded: a "billion laughs" file stops here (yaml's maxAliasCount, 100).
  const raw = (() => {
    try {
      return document.toJS() ?? {};
    } catch (error) {
      throw new ConfigError(file, [(error as Error).message]);
    }
  })();
  if (typeof raw !== 'object' || Array.isArray(raw))
    throw new ConfigError(file, [`${JSON.stringify(raw)}: expected a mapping of keys to values`]);

  const { value, mistakes, overridden } = applyEnvironment(schema, raw as Record<string, unknown>, env);
  const result = schema.safeParse(value);
  const issues = result.success ? [] : describeIssues(result.error, value);
  let fileIsAtFault = false;
  const lines = issues.map(({ path, text }) => {
    if (overridden.has(path.join('.'))) return `${text} (from the environment)`;
    fileIsAtFault = true;
    const node = document.getIn(path, true);
    const offset = isScalar(node) ? node.range?.[0] : undefined;
    return offset === undefined ? text : `${text} (line ${lineCounter.linePos(offset).line})`;
  });
  if (mistakes.length > 0 || !result.success) {
    const environmentIsAtFault =
      mistakes.length > 0 || lines.some(line => line.endsWith('(from the environment)'));
    const source = !fileIsAtFault
      ? 'in the environment'
      : environmentIsAtFault
        ? `${file} with the environment`
        : file;
    throw new ConfigError(source, [...mistakes, ...lines]);
  }
  return result.data;
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readSmallFile(file, maxFileBytes));
  } catch (error) {
    throw new ConfigError(file, [`it cannot be read: ${(error as Error).message}`]);
  }
}
