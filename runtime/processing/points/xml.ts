// The leaves of an XML document: `order.item@id` with a type. No DTD, no entities but the five of XML itself: saxes
// reads a DOCTYPE without acting on it, and here one ends the reading, because no API needs one (CWE-776, CWE-611).
import { SaxesParser } from 'saxes';
import { Location } from '../../protocol/generated/findings.ts';
import { maxDepth, maxOperationCharacters, maxValues } from '../limits.ts';
import { typeOfText } from '../value-type.ts';
import { childName, type PointSink } from './point-sink.ts';

export interface XmlReading {
  result: 'xml' | 'invalid' | 'doctype' | 'too-deep' | 'too-many-values';
  /** Local name of the first element in the SOAP body; undefined when it is no SOAP envelope. */
  soapOperation?: string;
}

const soapNamespaces = new Set([
  'http://schemas.xmlsoap.org/soap/envelope/', // SOAP 1.1
  'http://www.w3.org/2003/05/soap-envelope', // SOAP 1.2
]);

interface Element {
  name: string;
  path: string;
  hasChildren: boolean;
  text: string;
}

/** Thrown inside the parser's callbacks to end the reading. */
class Stop extends Error {}

/** Leaves of SOAP envelopes are named from the operation on: `getUser.id`. */
export function readXml(text: string, into: PointSink): XmlReading {
  const reading: XmlReading = { result: 'xml' };
  const stack: Element[] = [];
  let visited = 0;
  let isSoap = false;
  const parser = new SaxesParser({ xmlns: true, position: false });
  const stop = (result: XmlReading['result']): never => {
    reading.result = result;
    throw new Stop();
  };
  parser.on('error', () => stop('invalid'));
  parser.on('doctype', () => stop('doctype'));
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (++visited > maxValues) stop('too-many-values');
    if (stack.length >= maxDepth) stop('too-deep');
    const parent = stack.at(-1);
    if (parent === undefined) isSoap = local === 'Envelope' && soapNamespaces.has(uri);
    else parent.hasChildren = true;
    const inBody = isSoap && stack.length === 2 && parent?.name === 'Body';
    if (inBody && reading.soapOperation === undefined)
      reading.soapOperation = local.slice(0, maxOperationCharacters);
    // Envelope, Header and Body say nothing about the API.
    const isFrame = isSoap && stack.length < 2;
    const path = isFrame ? '' : childName(parent?.path ?? '', local);
    stack.push({ name: local, path, hasChildren: isFrame, text: '' });
    for (const attribute of Object.values(attributes)) {
      if (attribute.prefix === 'xmlns' || attribute.name === 'xmlns' || attribute.prefix === 'xsi') continue;
      if (++visited > maxValues) stop('too-many-values');
      addLeaf(into, `${path}@${attribute.local}`, attribute.value);
    }
  });
  const onText = (part: string) => {
    const element = stack.at(-1);
    if (element !== undefined && !element.hasChildren && element.text.length < 4096) element.text += part;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    const element = stack.pop();
    if (element !== undefined && !element.hasChildren) addLeaf(into, element.path, element.text.trim());
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (!(error instanceof Stop)) reading.result = 'invalid';
  }
  return reading;
}

function addLeaf(into: PointSink, name: string, value: string): void {
  into.add(Location.BODY, name, value === '' ? undefined : typeOfText(value), value);
}
