// What the cloud service asks of a database. Every method is asynchronous, so that a database behind a
// socket fits the same interface as the file behind node:sqlite.

/** Endpoint identity and state as one cluster reported it. Times are microseconds since the Unix epoch. */
export type EndpointState = {
  readonly host: string;
  readonly method: string;
  readonly template: string;
  /** Grows with every change within the cluster; what is not newer is ignored. */
  readonly revision: number;
  readonly removed: boolean;
  readonly requests: number;
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  readonly statuses: readonly StatusCount[];
  readonly parameters: readonly ParameterState[];
} & EndpointDetails;

/** What is shown of an endpoint but never sorted or searched by. */
export type EndpointDetails = {
  readonly protocol: string;
  /** GraphQL, SOAP, gRPC and MCP: the entity called, part of the identity; empty for REST. */
  readonly operation: string;
  readonly requestContents: readonly ContentCount[];
  readonly responseContents: readonly ContentCount[];
  readonly authentications: readonly Authentication[];
  readonly businessFlows: readonly string[];
  /** 0: none. */
  readonly application: number;
  /** The two sides of the service map. */
  readonly callers: readonly Caller[];
  readonly servers: readonly Server[];
};

/** Of endpoints that were uploaded before there were any. */
export const noDetails: EndpointDetails = {
  protocol: 'REST',
  operation: '',
  requestContents: [],
  responseContents: [],
  authentications: [],
  businessFlows: [],
  application: 0,
  callers: [],
  servers: [],
};

export type ContentCount = { readonly content: string; readonly requests: number };
export type Authentication = {
  readonly type: string;
  readonly location: string;
  readonly name: string;
  readonly requests: number;
};
/** `address` empty: from outside the network. */
export type Caller = { readonly address: string; readonly requests: number };
/** `address`: by which the pod is known as a caller; empty: unknown. */
export type Server = {
  readonly namespace: string;
  readonly pod: string;
  readonly requests: number;
  readonly address: string;
};

export type StatusCount = { readonly status: number; readonly requests: number };

export const locations = ['path', 'query', 'header', 'cookie', 'body'] as const;
export type Location = (typeof locations)[number];

export type ParameterState = {
  readonly location: Location;
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly requests: number;
  /** int32, uuid, …; empty: none that all values share. */
  readonly format: string;
  /** Estimated; exact below 32; 0: unknown. */
  readonly distinctValues: number;
  readonly sensitive: readonly Sensitive[];
};

/** `score`: 0 to 10. */
export type Sensitive = { readonly class: string; readonly score: number };

export type IngestBatch = {
  readonly cluster: string;
  readonly clusterName: string;
  readonly endpoints: readonly EndpointState[];
};

export type IngestOutcome = {
  /** Endpoints inserted, changed or removed. */
  readonly stored: number;
  /** Endpoints whose revision was not newer than what is stored. */
  readonly known: number;
};

/** An endpoint of the inventory. */
export type EndpointRecord = Omit<EndpointState, 'revision' | 'removed'> & {
  /** Stable: derived from cluster id, host, method, template and operation. */
  readonly id: string;
  /** Display name of the cluster. */
  readonly cluster: string;
};

export const sortFields = [
  'host',
  'method',
  'template',
  'requests',
  'parameters',
  'firstSeen',
  'lastSeen',
  'cluster',
] as const;
export type SortField = (typeof sortFields)[number];
export type SortKey = { readonly field: SortField; readonly descending: boolean };

export type EndpointQuery = {
  /** Any of these hosts; empty = all. */
  readonly hosts: readonly string[];
  /** Any of these methods; empty = all. */
  readonly methods: readonly string[];
  /** All of these terms occur, whatever their case, in method, host, template or parameter names. */
  readonly terms: readonly string[];
  /** Ties are broken by host, template, method, id, so that pages never overlap. */
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly offset: number;
};

export type EndpointPage = { readonly total: number; readonly endpoints: readonly EndpointRecord[] };

export type HostCount = { readonly host: string; readonly endpoints: number; readonly requests: number };
export type MethodCount = { readonly method: string; readonly endpoints: number };

/** What the filters of a list can offer. At most `facetLimit` hosts and methods, the fullest first. */
export type Summary = {
  readonly endpoints: number;
  readonly requests: number;
  readonly hosts: readonly HostCount[];
  readonly methods: readonly MethodCount[];
};

/** What the service map is made of. `cluster` is a display name. */
export type EndpointParties = Pick<EndpointDetails, 'callers' | 'servers'> & {
  readonly cluster: string;
  readonly host: string;
};

export const facetLimit = 500;

export interface Storage {
  /** Stores one upload in one transaction; resolved when it is durable. */
  ingest(batch: IngestBatch): Promise<IngestOutcome>;
  list(query: EndpointQuery): Promise<EndpointPage>;
  find(id: string): Promise<EndpointRecord | undefined>;
  summary(): Promise<Summary>;
  /** Callers and servers of every endpoint. */
  parties(): Promise<Iterable<EndpointParties>>;
  close(): Promise<void>;
}
