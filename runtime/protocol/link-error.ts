// What went wrong between two ends of a link, told apart so that a person knows what to do.

/**
 * `unreachable` covers refused, reset and unresolvable; `not-a-link` a peer that does not speak this protocol;
 * `certificates` those that are missing, expired, for another name or of an unknown authority; `turned-away` an end
 * right after the handshake, where TLS 1.3 tells a client nothing for certain.
 */
export type LinkFailure =
  | 'wrong-token'
  | 'not-a-link'
  | 'certificates'
  | 'turned-away'
  | 'timeout'
  | 'unreachable'
  | 'aborted'
  | 'tls';

export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly failure: LinkFailure;

  constructor(failure: LinkFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
]);

/**
 * OpenSSL's words for the same few mistakes. A server that finds a wrong PSK binder answers `decrypt_error`
 * (RFC 8446 §6.2); one that knows no such identity goes on without PSK and ends in `handshake_failure`, having no
 * certificate.
 */
export function classifyTlsError(error: NodeJS.ErrnoException, withCertificates = false): LinkFailure {
  const text = `${error.code ?? ''} ${error.message}`.toLowerCase();
  if (withCertificates && /cert|self.signed|unknown.ca|issuer|verify|crl/.test(text)) return 'certificates';
  if (/binder.does.not.verify|illegal.parameter|decrypt.error|bad.record.mac/.test(text))
    return 'wrong-token';
  if (/handshake.timeout/.test(text)) return 'timeout';
  if (
    /http.request|wrong.version|unsupported.protocol|protocol.version|packet.length|no.suitable|handshake.failure|no.shared|unexpected.message|bad.record.type|certificate|unknown.psk|self.signed|version.too.low|https.proxy|psk/.test(
      text,
    )
  )
    return 'not-a-link';
  if (error.code !== undefined && unreachableCodes.has(error.code)) return 'unreachable';
  return 'tls';
}

/** OpenSSL's `thread:error:code:library:function:reason:file:line:` cut down to function and reason. */
export function shortMessage(error: Error): string {
  const fields = error.message.split(':');
  return fields[1] === 'error' && fields.length > 5 ? `${fields[4]}: ${fields[5]}` : error.message;
}

/** What to tell the person who runs either side. */
export function explainFailure(failure: LinkFailure): string {
  switch (failure) {
    case 'wrong-token':
      return 'the other side holds a different installation token; give both the same WALLARM_API_TOKEN';
    case 'not-a-link':
      return 'the other side does not speak this link (TLS 1.3); check host, port, versions, and whether both sides use certificates or neither does';
    case 'certificates':
      return 'the certificates do not fit; check the authority, the name and the dates, and whether both sides use certificates';
    case 'turned-away':
      return 'the other side ended the connection: it holds a different installation token, or does not accept the certificate of this side; its log says which';
    case 'timeout':
      return 'no complete TLS handshake in time';
    case 'unreachable':
      return 'the connection was refused or lost';
    case 'aborted':
      return 'given up by this side';
    case 'tls':
      return 'the TLS handshake failed';
  }
}
