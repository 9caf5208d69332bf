// Puts the service together: findings in front, the state on disk, uploads behind.
import { createLinkServer } from '../protocol/link.ts';
import { TemplateBook } from '../protocol/template-book.ts';
import type { RunningService, ServiceContext } from '../service/command.ts';
import { formatAddress } from '../service/listen-address.ts';
import { aggregationMetrics } from './aggregation-metrics.ts';
import type { AggregationConfig } from './config.ts';
import { serveFindings } from './findings-session.ts';
import { fullWarning } from './full-warning.ts';
import { LearningWorker } from './learning/learning-worker.ts';
import { openDatabase } from './store/database.ts';
import { EndpointStore } from './store/endpoint-store.ts';
import { FindingsStore } from './store/findings-store.ts';
import { PathReader } from './store/path-reader.ts';
import { TemplateNews } from './template-news.ts';
import { UploadLoop } from './upload-loop.ts';
import { Uploader } from './uploader.ts';

/** An agent process that has not been heard of for so long does not come back with the batches it had. */
const forgetEpochsAfterMs = 30 * 24 * 3600 * 1000;
const forgetIntervalMs = 3600 * 1000;

export async function startAggregation(context: ServiceContext<AggregationConfig>): Promise<RunningService> {
  const { config, log, health, token } = context;
  const metrics = aggregationMetrics(context.metrics);
  const database = openDatabase(config.dataDir);
  const book = new TemplateBook();
  const news = new TemplateNews(book);
  const store = new FindingsStore(database, config.limits, book);
  const endpoints = new EndpointStore(database);
  const paths = new PathReader(database);
  // Rules, weights or code may have changed; an endpoint that has not keeps its revision.
  paths.markAllDirty();
  const { thresholds, templates } = config;
  const learning = new LearningWorker({ thresholds, templates });
  learning.start();
  // The cloud may have been replaced while this was away.
  endpoints.uploadAgain();
  const uploader = new Uploader({ ...config.cloud, token });
  const loop = new UploadLoop({
    paths,
    endpoints,
    learning,
    uploader,
    onTemplates: (host, learnt) => news.publish(host, learnt),
    clusterName: config.clusterName,
    uploadIntervalMs: config.uploadIntervalMs,
    metrics,
    log,
  });
  const onOverflow = fullWarning(log);
  const server = createLinkServer(
    {
      token,
      link: 'findings',
      certificates: config.tls,
      maxConnections: config.limits.connections,
      log,
      onReject: reason => metrics.rejectedConnection(reason),
    },
    socket =>
      serveFindings(socket, {
        store,
        metrics,
        log,
        onOverflow,
        news,
        onStorage: reason => health.setReady(reason === undefined, reason && `storage: ${reason}`),
      }),
  );
  const address = await server.listen(config.listen);
  log.info(
    { address: formatAddress({ host: address.address, port: address.port }) },
    'findings are listening',
  );
  loop.start();
  const forget = setInterval(() => {
    try {
      store.forgetEpochs(Date.now() - forgetEpochsAfterMs);
    } catch (error) {
      log.warn({ err: error }, 'old agent epochs could not be forgotten; trying again in an hour');
    }
  }, forgetIntervalMs);
  health.setReady(true);

  return {
    async stop() {
      clearInterval(forget);
      await server.close();
      // Whatever was acknowledged is committed: a drain that cannot write loses nothing and is no failure.
      try {
        await loop.stop(config.shutdown.gracePeriodSeconds * 800);
      } catch (error) {
        log.error({ err: error }, 'the last upload failed; everything is kept and sent after the next start');
      } finally {
        uploader.close();
        await learning.close();
      }
      try {
        database.close();
      } catch (error) {
        log.error({ err: error }, 'the database could not be closed; it recovers at the next start');
      }
    },
  };
}
