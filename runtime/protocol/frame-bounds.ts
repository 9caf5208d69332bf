// Messages in one frame or upload, far above what this project's own senders put in.
import { maxDeltaObservations } from './limits.ts';
import { checkMessageBounds, type MessageShape } from './message-bounds.ts';

/** An agent's batch has at most 500 exchanges in about 1 MiB. */
const maxExchanges = 10_000;
const maxMirrorMessages = 512 * 1024;

/** A delta of 12 MiB has fewer, at the smallest encoding of each. */
const maxFindingsMessages = 1024 * 1024;

/** Aggregation sends at most 1000 endpoints in 4 MiB. */
const maxEndpoints = 20_000;
const maxUploadMessages = 512 * 1024;

const headers = { name: 'headers' };

const exchange: MessageShape = {
  4: { name: 'client' },
  5: { name: 'server' },
  8: { name: 'request', of: { 3: headers } },
  9: { name: 'response', of: { 2: headers } },
  11: { name: 'process' },
  12: { name: 'workload' },
};

const agentFrame: MessageShape = {
  1: { name: 'hello' },
  2: {
    name: 'batch',
    of: {
      2: {
        name: 'exchanges',
        most: maxExchanges,
        of: exchange,
      },
      3: { name: 'dropped', most: maxExchanges },
    },
  },
};

const observation: MessageShape = {
  3: { name: 'segments' },
  7: { name: 'outcomes' },
  8: { name: 'parameters', of: { 4: { name: 'types' }, 7: { name: 'classes' } } },
  11: { name: 'request contents' },
  12: { name: 'authentications' },
  13: { name: 'callers' },
  14: { name: 'servers' },
  15: { name: 'business flows' },
};

const gatewayFrame: MessageShape = {
  1: { name: 'hello' },
  2: { name: 'forward', of: { 1: { name: 'exchanges', most: maxExchanges, of: exchange } } },
};

const ownerFrame: MessageShape = {
  1: { name: 'welcome' },
  2: { name: 'result', of: { 1: { name: 'observations', most: maxDeltaObservations, of: observation } } },
};

const findingsFrame: MessageShape = {
  1: { name: 'hello' },
  2: { name: 'watermark queries' },
  3: {
    name: 'delta',
    of: {
      5: {
        name: 'observations',
        most: maxDeltaObservations,
        of: observation,
      },
    },
  },
};

const upload: MessageShape = {
  3: {
    name: 'endpoints',
    most: maxEndpoints,
    of: {
      9: { name: 'statuses' },
      10: { name: 'parameters', of: { 8: { name: 'classes' } } },
      13: { name: 'request contents' },
      14: { name: 'response contents' },
      15: { name: 'authentications' },
      16: { name: 'business flows' },
    },
  },
};

/** Each throws before anything is decoded. */
export const checkAgentFrame = (bytes: Uint8Array) =>
  checkMessageBounds(bytes, agentFrame, maxMirrorMessages);
export const checkFindingsFrame = (bytes: Uint8Array) =>
  checkMessageBounds(bytes, findingsFrame, maxFindingsMessages);
export const checkUploadBody = (bytes: Uint8Array) => checkMessageBounds(bytes, upload, maxUploadMessages);
export const checkGatewayFrame = (bytes: Uint8Array) =>
  checkMessageBounds(bytes, gatewayFrame, maxMirrorMessages);
export const checkOwnerFrame = (bytes: Uint8Array) =>
  checkMessageBounds(bytes, ownerFrame, maxFindingsMessages);
