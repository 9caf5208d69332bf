/** What main.ts asks of agent.ts. */
export interface AgentTask {
  /** `A`, `B`: the product; `pairs`, `symbols`: where other tools place their hooks (peers.bpf.c). */
  readonly hooks: 'A' | 'B' | 'pairs' | 'symbols';
  readonly pid: number;
  /** Does this process get the load? */
  readonly traffic: boolean;
  /** Of the comparison programs. */
  readonly objectPath: string;
  /** Whose exported functions are probed. */
  readonly library?: string;
}

export interface AgentReport {
  readonly cpuUs: number;
  readonly reported: number;
  readonly lostBytes: number;
}
