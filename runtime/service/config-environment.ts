// `OOB_LOG__LEVEL=debug` overrides `log.level`. The names are derived from the schema, so that a misspelt one is
// an error instead of being silently ignored.
import type { z } from 'zod';

interface Leaf {
  path: string[];
  type: string;
}

/** Every environment name the schema gives rise to, with the path it sets. */
export function environmentNames(schema: z.ZodType): Map<string, Leaf> {
  const names = new Map<string, Leaf>();
  function visit(node: z.ZodType, path: string[]) {
    const inner = unwrap(node);
    const shape = (inner as z.ZodObject).shape;
    if (inner.def.type === 'object') {
      for (const [key, child] of Object.entries(shape)) visit(child as z.ZodType, [...path, key]);
    } else {
      names.set(`OOB_${path.map(upperSnake).join('__')}`, { path, type: inner.def.type });
    }
  }
  visit(schema, []);
  return names;
}

/** Returns a changed copy of `raw`; `mistakes` has a line for each unknown or unreadable variable. */
export function applyEnvironment(schema: z.ZodType, raw: Record<string, unknown>, env: NodeJS.ProcessEnv) {
  const names = environmentNames(schema);
  const value = structuredClone(raw);
  const mistakes: string[] = [];
  const overridden = new Set<string>();
  for (const [name, text] of Object.entries(env).sort()) {
    if (!name.startsWith('OOB_') || text === undefined) continue;
    const leaf = names.get(name);
    if (leaf !== undefined) {
      set(value, leaf.path, parse(leaf.type, text));
      overridden.add(leaf.path.join('.'));
    } else if (!isServiceLink(name, text)) {
      mistakes.push(`${name}: ${JSON.stringify(text)}: expected one of ${[...names.keys()].join(', ')}`);
    }
  }
  return { value, mistakes, overridden };
}

/**
 * Kubernetes sets variables for every Service of the namespace (`<NAME>_SERVICE_HOST`, `<NAME>_PORT_443_TCP`, …),
 * which begin with OOB_ when the release is called "oob". They are not ours.
 */
function isServiceLink(name: string, text: string): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_\w+)?$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text))
  );
}

function unwrap(node: z.ZodType): z.ZodType {
  const def = node.def as { type: string; innerType?: z.ZodType; in?: z.ZodType };
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nullable':
    case 'readonly':
      return def.innerType === undefined ? node : unwrap(def.innerType);
    case 'pipe': // z.string().transform(…): what a person writes is the string
      return def.in === undefined ? node : unwrap(def.in);
    default:
      return node;
  }
}

/** Text that does not parse stays text, so that the schema reports it with its path. */
function parse(type: string, text: string): unknown {
  if (type === 'string' || type === 'enum') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function set(target: Record<string, unknown>, path: string[], value: unknown) {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  // A wrong shape in the file stays wrong, and is reported, instead of being papered over.
  if (inner === undefined || inner === null) target[key] = {};
  else if (typeof inner !== 'object') return;
  set(target[key] as Record<string, unknown>, rest, value);
}

function upperSnake(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
