// GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/): operation, inline arguments and variables.
import {
  type ConstValueNode,
  type DocumentNode,
  Kind,
  OperationTypeNode,
  parse,
  type ValueNode,
  visit,
} from 'graphql';
import { Location } from '../../protocol/generated/findings.ts';
import type { ValueType } from '../../protocol/value-types.ts';
import { maxDepth, maxGraphqlCharacters, maxGraphqlTokens, maxOperationCharacters } from '../limits.ts';
import { formatOf, numberTypeOf } from '../value-type.ts';
import { walkJson } from './json.ts';
import type { PointSink } from './point-sink.ts';

interface Argument {
  name: string;
  type: ValueType | undefined;
  value: string;
}

interface Document {
  /** `query GetUser`; anonymous ones are called by their root fields: `query user,posts`. */
  operations: { name: string; text: string }[];
  arguments: Argument[];
}

const looksLike = /^[\s,]*(?:#[^\n]*\n[\s,]*)*(?:\{|query\b|mutation\b|subscription\b|fragment\b)/;

/** Clients send few documents over and over; parsing is the dearest part. Undefined: it is no GraphQL. */
const documents = new Map<string, Document | undefined>();
const maxDocuments = 512;
const maxCachedCharacters = 8 * 1024;
const maxArguments = 256;

/** Whether the text is a GraphQL document with an operation. */
function read(text: string): Document | undefined {
  if (text.length > maxGraphqlCharacters || !looksLike.test(text)) return undefined;
  if (documents.has(text)) return documents.get(text);
  let document: Document | undefined;
  try {
    document = describe(parse(text, { noLocation: true, maxTokens: maxGraphqlTokens }));
  } catch {
    // A syntax error, too many tokens, or nesting that exhausts the stack.
  }
  if (text.length <= maxCachedCharacters) {
    if (documents.size >= maxDocuments) documents.clear();
    documents.set(text, document);
  }
  return document;
}

/**
 * Reads a GraphQL request: the JSON body `{query, operationName, variables}`, a batch of them (the first one counts),
 * or the same fields of a query string. Returns the operation, or undefined when it is none.
 */
export function readGraphql(root: unknown, into: PointSink): string | undefined {
  const request: unknown = Array.isArray(root) ? root[0] : root;
  if (typeof request !== 'object' || request === null) return undefined;
  const { query, operationName, variables, extensions } = request as Record<string, unknown>;
  const named = typeof operationName === 'string' ? operationName : '';
  let operation: string | undefined;
  if (typeof query === 'string') {
    const document = read(query);
    if (document === undefined) return undefined;
    const chosen = document.operations.find(({ name }) => name === named) ?? document.operations[0];
    operation = chosen?.text;
    for (const argument of document.arguments)
      into.add(Location.BODY, argument.name, argument.type, argument.value);
  } else if (named !== '' && isPersisted(extensions)) operation = `query ${named}`;
  if (operation === undefined) return undefined;
  if (typeof variables === 'object' && variables !== null) walkJson(variables, into, 'variables');
  return operation.slice(0, maxOperationCharacters);
}

/** https://github.com/apollographql/apollo-link-persisted-queries: the hash of a document sent before. */
function isPersisted(extensions: unknown): boolean {
  return typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions;
}

function describe(document: DocumentNode): Document | undefined {
  const described: Document = { operations: [], arguments: [] };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      const kind = definition.operation ?? OperationTypeNode.QUERY;
      const roots = definition.selectionSet.selections.flatMap(selection =>
        selection.kind === Kind.FIELD ? [selection.name.value] : [],
      );
      const name = definition.name?.value ?? '';
      described.operations.push({ name, text: `${kind} ${name || roots.join(',')}` });
    } else if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    collectArguments(definition, described.arguments);
  }
  return described.operations.length === 0 ? undefined : described;
}

/** Named by the fields they belong to: `user.orders.first`. Those of fragments begin with the fragment's type. */
function collectArguments(definition: DocumentNode['definitions'][number], into: Argument[]): void {
  const path: string[] =
    definition.kind === Kind.FRAGMENT_DEFINITION ? [definition.typeCondition.name.value] : [];
  visit(definition, {
    Field: {
      enter(field) {
        path.push(field.name.value);
        for (const argument of field.arguments ?? [])
          addValue([...path, argument.name.value].join('.'), argument.value, into, 0);
      },
      leave() {
        path.pop();
      },
    },
    // A default is a value like any other, but not one that was sent for the field.
    VariableDefinition: () => false,
    Directive: () => false,
  });
}

function addValue(name: string, value: ValueNode | ConstValueNode, into: Argument[], depth: number): void {
  if (into.length >= maxArguments || depth > maxDepth) return;
  switch (value.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      into.push({ name, type: numberTypeOf(value.value) ?? 'number', value: value.value });
      break;
    case Kind.BOOLEAN:
      into.push({ name, type: 'boolean', value: String(value.value) });
      break;
    case Kind.STRING:
      into.push({ name, type: value.value === '' ? undefined : formatOf(value.value), value: value.value });
      break;
    case Kind.ENUM:
      into.push({ name, type: 'string', value: value.value });
      break;
    case Kind.LIST:
      for (const item of value.values) addValue(`${name}[]`, item, into, depth + 1);
      break;
    case Kind.OBJECT:
      for (const field of value.fields) addValue(`${name}.${field.name.value}`, field.value, into, depth + 1);
      break;
    default: // a variable is counted with the variables; null says nothing
  }
}
