/** Ports between the parts, as the services document them. All are TCP. */
export const ports = {
  /** Agent to processing: the mirror. */
  mirror: 18443,
  /** Processing to aggregation: findings. */
  findings: 3313,
  /** Aggregation to cloud: uploads; the Service port, and the one the container listens on. */
  uploads: 443,
  uploadsContainer: 8443,
  /** Console and REST API: the Service port, and the one the container listens on. */
  console: 80,
  consoleContainer: 8080,
  metrics: 9090,
  health: 18080,
  agentHealth: 11226,
} as const;
