import type { LossCause } from '../../http/http1-request-parser.ts';

/** What the assembler counts since it was made; every value only grows. */
export interface AssemblerCounters {
  exchanges: number;
  /** Of `exchanges`: emitted without a response. */
  withoutResponse: number;
  /** Times that message boundaries were lost, by cause; requests may be missing. */
  losses: Record<LossCause, number>;
  /** Connections that carry something else, tunnels (CONNECT) included. */
  foreignConnections: number;
  /** HTTP/2 requests whose method or path is not known, because it was sent before the capture began: not emitted. */
  unknownRequests: number;
  /** Requests found on connections older than the capture, or that begin with no request, on which no HTTP response was seen: not emitted. */
  unprovenRequests: number;
  /**
   * Requests that the server read but did not process, because it had ended the connection with an earlier response, or
   * refused the stream: not emitted.
   */
  unprocessedRequests: number;
  /** Response heads whose request is unknown. */
  orphanResponses: number;
  /** Connections whose pipelined requests could not be told apart after a loss: their responses are ignored. */
  pairingGivenUp: number;
  /** HTTP/2 streams given up because more than 16 384 were open at once on one connection: they get no response. */
  streamsEvicted: number;
  /** Connections dropped from memory because there were too many, or they held too many bytes. */
  connectionsEvicted: number;
  /** Connections forgotten because nothing came for hours: their end may have been lost. */
  connectionsAgedOut: number;
  /** Events of connections that are not, or no longer, known. */
  unknownConnectionEvents: number;
  /** Header fields beyond the limit per message. */
  headerFieldsDropped: number;
  /** Connections that started like a PROXY header which is not valid. */
  invalidProxyHeaders: number;
}

export function newAssemblerCounters(): AssemblerCounters {
  return {
    exchanges: 0,
    withoutResponse: 0,
    losses: { gap: 0, malformed: 0, 'too-large': 0 },
    foreignConnections: 0,
    unknownRequests: 0,
    unprovenRequests: 0,
    unprocessedRequests: 0,
    orphanResponses: 0,
    pairingGivenUp: 0,
    streamsEvicted: 0,
    connectionsEvicted: 0,
    connectionsAgedOut: 0,
    unknownConnectionEvents: 0,
    headerFieldsDropped: 0,
    invalidProxyHeaders: 0,
  };
}
