// Media types in a few classes, so that their combinations with statuses stay bounded.

/** As in Outcome.content of findings.proto. */
export type ContentClass =
  | ''
  | 'json'
  | 'xml'
  | 'html'
  | 'text'
  | 'form'
  | 'multipart'
  | 'grpc'
  | 'protobuf'
  | 'graphql'
  | 'event-stream'
  | 'image'
  | 'octet-stream'
  | 'other';

/** Of a media type in lower case without parameters; empty stays empty. */
export function contentClass(mediaType: string): ContentClass {
  const known = exact[mediaType];
  if (known !== undefined) return known;
  if (/^(?:application|text)\/(?:[\w.+-]*[+-])?json(?:-seq|lines|l)?$/.test(mediaType)) return 'json';
  if (mediaType.endsWith('+xml') || mediaType.endsWith('/xml')) return 'xml';
  if (mediaType.startsWith('application/grpc')) return 'grpc';
  if (mediaType.startsWith('multipart/')) return 'multipart';
  if (mediaType.startsWith('text/')) return 'text';
  if (mediaType.startsWith('image/')) return 'image';
  return mediaType.includes('protobuf') ? 'protobuf' : 'other';
}

const exact: Record<string, ContentClass | undefined> = Object.assign(Object.create(null), {
  '': '',
  'application/json': 'json',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/x-www-form-urlencoded': 'form',
  'application/graphql': 'graphql',
  'text/event-stream': 'event-stream',
  'application/octet-stream': 'octet-stream',
  'application/x-ndjson': 'json',
});
