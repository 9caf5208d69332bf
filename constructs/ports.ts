/** Ports between the parts, as the services document them. All are TCP. */
export const ports = {
  /** Agent to processing: the mirror. */
  mirror: 18443,
  /** Processing to aggregation: findings. */
  findings: 3313,
  /** Aggregation to cloud: uploads; the Service port, and the one the container listens on. */
  uploads: 443,
  uploadsContainer: 8443,
  /** Console and REST API, in the container. */
  consoleContainer: 8080,
  /** Between the replicas of processing. */
  mesh: 9009,
  health: 18080,
  agentHealth: 11226,
} as const;
