import { styleText } from 'node:util';
import type { Exchange } from '../../protocol/generated/mirror.ts';
import { endpointText } from './exchange-json.ts';

/** Of a method, a target or a host. */
const maxCharacters = 300;

/**
 * Text from traffic made harmless for a terminal: control characters (C0, C1, DEL), and those that reorder or hide
 * text (Unicode bidirectional and zero-width controls), are shown as escapes.
 */
export function terminalSafe(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, character => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** One exchange as one line for people. */
export function exchangeLine(exchange: Exchange, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const { request, response, process, tls, lostBytes } = exchange;
  const status = response?.status;
  const bytes = request?.body.length ?? 0;
  const parts = [
    paint('dim', new Date(exchange.timeUs / 1000).toISOString().slice(11, 23)),
    endpointText(exchange.client),
    paint('dim', '→'),
    `${terminalSafe(process?.comm ?? '?')}[${process?.pid ?? '?'}]`,
    endpointText(exchange.server),
    tls ? paint('green', 'TLS') : paint('dim', 'tcp'),
    paint('bold', terminalSafe(shortened(request?.method ?? ''))),
    terminalSafe(requestedText(request?.authority ?? '', request?.target ?? '')),
    status === undefined ? paint('yellow', 'no response') : paint(statusStyle(status), String(status)),
    paint('dim', status === undefined ? '' : `${(exchange.durationUs / 1000).toFixed(1)} ms`),
    bytes > 0 || request?.truncated ? paint('dim', `${bytes}${request?.truncated ? '+' : ''} B`) : '',
    lostBytes > 0 ? paint('red', `${lostBytes} B lost`) : '',
  ];
  return parts.filter(part => part !== '').join(' ');
}

/** What was asked for, with the host once: targets of CONNECT and of requests to proxies have it in them (RFC 9112 §3.2). */
function requestedText(authority: string, target: string): string {
  const cut = shortened(target);
  const host = authority.slice(0, maxCharacters);
  if (target.startsWith('/')) return host + cut;
  const inTarget = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1] ?? target;
  return inTarget.toLowerCase() === authority.toLowerCase() ? cut : `${host} ${cut}`.trim();
}

function shortened(text: string): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

function statusStyle(status: number): 'green' | 'cyan' | 'yellow' | 'red' {
  if (status < 300) return 'green';
  if (status < 400) return 'cyan';
  return status < 500 ? 'yellow' : 'red';
}
