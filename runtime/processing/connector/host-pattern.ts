// Host names with wildcards: the syntax of Go's path.Match over the whole name.

/**
 * `*` any characters but `/`, `?` one, `[a-z]` and `[^a-z]` classes, `\` takes the next character as it is. Compared
 * without case. Undefined when the pattern is malformed or empty.
 */
export function hostPattern(pattern: string): RegExp | undefined {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '*') {
      // Several in a row are one: else matching would take exponential time.
      if (!source.endsWith('[^/]*')) source += '[^/]*';
    } else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2);
      const content = pattern.slice(at + 1, end);
      if (end < 0 || !/^\^?[\w.:-]+$/.test(content)) return undefined;
      source += `[${content.replaceAll('.', '\\.')}]`;
      at = end;
    } else if (character === '\\') {
      at += 1;
      if (at >= pattern.length) return undefined;
      source += literal(pattern[at] ?? '');
    } else source += literal(character);
  }
  try {
    return source === '' ? undefined : new RegExp(`^${source}$`, 'i');
  } catch {
    return undefined; // a class such as [z-a]
  }
}

function literal(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&');
}

/** A host with a port matches also by its name alone. */
export function matchesHost(pattern: RegExp, host: string): boolean {
  return pattern.test(host) || pattern.test(host.replace(/:\d+$/, ''));
}
