import { shown, type ValueNode } from './value-node.ts';

/** A switch. */
export function boolean(value: boolean, doc: string): ValueNode<boolean> {
  return {
    kind: 'boolean',
    typeName: 'boolean',
    default: value,
    doc,
    deletable: false,
    jsonSchema: () => ({ type: 'boolean' }),
    check(found, path, report) {
      if (typeof found !== 'boolean') report({ path, value: shown(found), remedy: 'expected true or false' });
    },
  };
}

/** A switch that the original chart has and that has one safe position here. Any other is refused, with the reason. */
export function alwaysTrue(doc: string, reason: string): ValueNode<true> {
  return {
    kind: 'boolean',
    typeName: 'true',
    default: true,
    doc,
    deletable: false,
    jsonSchema: () => ({ type: 'boolean', enum: [true] }),
    check(found, path, report) {
      if (found !== true) report({ path, value: shown(found), remedy: `expected true: ${reason}` });
    },
  };
}
