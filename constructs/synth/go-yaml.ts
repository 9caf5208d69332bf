// Where the YAML parser of Helm (go-yaml) differs from YAML 1.1.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLMap,
} from 'yaml';

const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT12',
  test: /^[-+]?0o[0-7]+$/,
  resolve: text => Number(text.replace(/^\+/, '').startsWith('-') ? -Number(text.slice(1)) : Number(text)),
};

/** A number has a digit in it: `e1` and `.` are text. */
const mantissa = '(?:\\.[_]*[0-9][0-9_]*|[0-9][0-9_]*(?:\\.[0-9_]*)?)';
const exponential = new RegExp(`^[-+]?${mantissa}[eE][-+]?[0-9]+$`);
const fraction = /^[-+]?(?:\.[_]*[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*)$/;

/** YAML 1.1 without times and base-60 numbers, which stay text, and with 0o17 as an integer. */
export function goTags(tags: Tags): Tags {
  const kept = tags.filter(
    tag =>
      typeof tag === 'string' ||
      (tag.tag !== 'tag:yaml.org,2002:timestamp' &&
        tag.tag !== 'tag:yaml.org,2002:binary' &&
        !('format' in tag && tag.format === 'TIME')),
  );
  return [octal, ...kept.map(tag => (typeof tag === 'string' ? tag : withGoTest(tag as ScalarTag)))];
}

function withGoTest(tag: ScalarTag): ScalarTag {
  if (tag.tag !== 'tag:yaml.org,2002:float') return tag;
  if (tag.format === 'EXP') return { ...tag, test: exponential };
  return tag.test?.test('.5') ? { ...tag, test: fraction } : tag;
}

/** Keys that stand before a merge key (`<<`) give way to merged ones: what comes later wins, as for every other key. */
export function mergeInOrder(document: Document): void {
  visit(document, {
    Map(_, map) {
      for (const [index, pair] of map.items.entries()) {
        // The reader has turned it into a symbol of that name.
        if (!isScalar(pair.key) || !/^(Symbol\()?<<\)?$/.test(String(pair.key.value))) continue;
        const merged = new Set(mergedKeys(document, pair));
        map.items = map.items.filter((other, at) => at >= index || !merged.has(keyOf(other)));
      }
    },
  });
}

function mergedKeys(document: Document, { value }: Pair): unknown[] {
  const target = isAlias(value) ? value.resolve(document) : value;
  if (isSeq(target)) return target.items.flatMap(item => mergedKeys(document, { value: item } as Pair));
  return isMap(target) ? (target as YAMLMap).items.map(keyOf) : [];
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}
