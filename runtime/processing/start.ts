// Puts the service together: the mirror server in front, the aggregation client behind.
import { setTimeout as delay } from 'node:timers/promises';
import { createLinkServer } from '../protocol/link.ts';
import { TemplateBook } from '../protocol/template-book.ts';
import type { RunningService, ServiceContext } from '../service/command.ts';
import { formatAddress } from '../service/listen-address.ts';
import { AggregationClient } from './aggregation-client.ts';
import { AuthenticationReader } from './authentication.ts';
import type { ProcessingConfig } from './config.ts';
import { Connector } from './connector/connector.ts';
import { ExchangeReader } from './exchange-reader.ts';
import { startMesh } from './mesh/start-mesh.ts';
import { MirrorSession } from './mirror-session.ts';
import { processingMetrics } from './processing-metrics.ts';
import { dataClasses } from './sensitive/catalogue.ts';
import { dataClassOf } from './sensitive/custom-class.ts';
import { Examiner } from './sensitive/examiner.ts';
import { valueHash } from './value-hash.ts';

export async function startProcessing(context: ServiceContext<ProcessingConfig>): Promise<RunningService> {
  const { config, log, health, token } = context;
  const metrics = processingMetrics(context.metrics);
  const sessions = new Set<MirrorSession>();
  let stopping = false;
  const reader = new ExchangeReader(
    {
      admission: config.admission,
      values: { hash: valueHash(token), examiner: examinerOf(config.sensitiveData) },
      authentication: new AuthenticationReader(config.authentication),
      connector: new Connector(config.connector),
    },
    metrics,
  );
  const running = await startMesh(config, token, reader, metrics, log);

  const templates = new TemplateBook();
  health.setReady(false, 'connecting to aggregation');
  const client = new AggregationClient({
    host: config.aggregation.host,
    port: config.aggregation.port,
    certificates: config.aggregation.tls,
    token,
    replica: config.replica,
    onTemplates: update => templates.update(update),
    onState: reason => {
      if (!stopping) health.setReady(reason === undefined, reason);
    },
  });

  const server = createLinkServer(
    {
      token,
      link: 'mirror',
      certificates: config.tls,
      maxConnections: config.limits.connections,
      log,
      onReject: reason => metrics.rejectedConnection(reason),
    },
    socket => {
      const session = new MirrorSession(socket, {
        client,
        reader,
        mesh: running?.mesh,
        templates,
        flushIntervalMs: config.flushIntervalMs,
        unacknowledgedBytes: config.limits.unacknowledgedBytes,
        metrics,
        log,
        // After a lost connection the agent is back before this side notices: the old one is dead.
        onHello: fresh => {
          for (const other of sessions) if (other !== fresh && other.key === fresh.key) other.close();
        },
      });
      sessions.add(session);
      metrics.agents(sessions.size);
      session.ended.addEventListener('abort', () => {
        sessions.delete(session);
        metrics.agents(sessions.size);
      });
    },
  );
  const address = await server.listen(config.listen);
  log.info({ address: formatAddress({ host: address.address, port: address.port }) }, 'mirror is listening');

  return {
    async stop() {
      stopping = true;
      server.stopListening();
      // What aggregation does not take in time stays with the agents: it was never acknowledged.
      if (client.connected) {
        const drained = Promise.all([...sessions].map(session => session.drain()));
        await Promise.race([
          drained,
          delay(config.shutdown.gracePeriodSeconds * 800, undefined, { ref: false }),
        ]);
      }
      await client.close();
      await running?.stop();
      await server.close();
    },
  };
}

function examinerOf(settings: ProcessingConfig['sensitiveData']): Examiner | undefined {
  const { enabled, sampling, disabledClasses, customClasses } = settings;
  if (!enabled) return undefined;
  const kept = dataClasses.filter(({ name }) => !disabledClasses.includes(name));
  return new Examiner({ sampling, classes: [...kept, ...customClasses.map(dataClassOf)] });
}
