import { KubeConfig } from '@kubernetes/client-node';
import type { Workload } from '../protocol/generated/mirror.ts';
import { connectLink } from '../protocol/link.ts';
import type { RunningService, ServiceContext } from '../service/command.ts';
import { version } from '../service/version.ts';
import { findCgroupRoot, findContainerCgroup } from './capture/cgroup.ts';
import type { AgentConfig } from './config.ts';
import { MirrorClient } from './delivery/mirror-client.ts';
import { mirrorFilters } from './kubernetes/mirror-filter.ts';
import { PodTargets } from './kubernetes/pod-targets.ts';
import { registerAgentMetrics } from './metrics.ts';
import { openPipeline } from './pipeline.ts';
import { emptySelectionHint, presentCgroups, renewedTargets, staticTargets } from './static-targets.ts';

/** Kept of the grace period for closing everything else. */
const stopReserveMs = 1000;
/** For reading what the rings still hold. */
const maxDrainMs = 5000;
/** A cgroup that is selected by its path is made again when its service restarts. */
const renewalIntervalMs = 500;

/** Capture → exchanges → processing, for the processes, cgroups or pods that the configuration selects. */
export async function startAgent(context: ServiceContext<AgentConfig>): Promise<RunningService> {
  const { config, log, metrics, health, token } = context;
  const { host, port, tls: certificates, bufferBytes } = config.processing;
  let workloads: ReadonlyMap<bigint, Workload> = new Map();
  const delivery = new MirrorClient({
    connect: signal => connectLink({ host, port, token, link: 'mirror', certificates, signal }),
    agent: config.node,
    version,
    bufferBytes,
    log,
  });
  const pipeline = openPipeline({
    capture: {
      rings: config.capture.rings,
      ringBytes: config.capture.ringBytes,
      rung: config.capture.rung,
      returnProbes: config.capture.returnProbes,
      ports: config.selection.ports,
      log,
    },
    bodyBytes: config.capture.bodyBytes,
    realIp: config.realIp,
    emit: exchange => delivery.add(exchange),
    workload: cgroupId => workloads.get(cgroupId),
  });
  registerAgentMetrics(metrics, { ...pipeline, delivery });
  let chosen = staticTargets(config.selection);
  const hint = emptySelectionHint(config.selection);
  if (hint !== undefined) log.warn(hint);
  const select = () => {
    const cgroupIds = new Set([...(chosen.cgroupIds ?? []), ...workloads.keys()]);
    return pipeline.capture.setTargets({ ...chosen, cgroupIds });
  };
  await select();
  const renewal = config.selection.cgroups.length > 0 ? setInterval(renew, renewalIntervalMs) : undefined;
  const pods = config.selection.kubernetes ? watchPods() : undefined;
  if (pods === undefined) health.setReady(true);
  else {
    health.setReady(false, 'waiting for the pods of this node');
    pods.ready.then(() => health.setReady(true));
  }
  return {
    async stop() {
      clearInterval(renewal);
      await pods?.stop();
      const deadlineMs = performance.now() + config.shutdown.gracePeriodSeconds * 1000 - stopReserveMs;
      const unread = await pipeline.drain(Math.min(maxDrainMs, config.shutdown.gracePeriodSeconds * 250));
      if (unread > 0)
        log.warn({ records: unread }, 'captured bytes were given up: there was no time to read them');
      pipeline.close();
      const graceMs = deadlineMs - performance.now();
      const lost = await delivery.stop(Math.max(0, graceMs));
      if (lost > 0)
        log.warn({ exchanges: lost }, 'exchanges were given up: processing did not acknowledge them');
    },
  };

  function renew(): void {
    const renewed = renewedTargets(presentCgroups(config.selection), chosen);
    if (renewed === undefined) return;
    chosen = renewed;
    select().catch(error => log.warn({ err: error }, 'a cgroup that was made again cannot be selected'));
  }

  function watchPods(): PodTargets {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromDefault();
    let cgroupRoot: string | undefined;
    return new PodTargets({
      config: kubeConfig,
      node: config.node,
      settings: {
        allNamespaces: config.selection.allNamespaces,
        filters: mirrorFilters(config.selection.filters),
      },
      findCgroup: containerId => {
        cgroupRoot ??= findCgroupRoot();
        return findContainerCgroup(containerId, cgroupRoot);
      },
      async apply(selection) {
        // Names first: an exchange must not come before the name of its pod.
        workloads = selection;
        await select();
      },
      log,
    });
  }
}
