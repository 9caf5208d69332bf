// The capturing side of the benchmark, in a process of its own so that its processor time is its own.
// Started by main.ts; the first message says what to do, the second ends it.

import { setTimeout } from 'node:timers/promises';
import { findBuildOutput, loadAddon } from '../../runtime/agent/capture/addon.ts';
import { withFileSource } from '../../runtime/agent/capture/elf/byte-source.ts';
import { fileOffset, parseElf } from '../../runtime/agent/capture/elf/elf-file.ts';
import { findFunctions } from '../../runtime/agent/capture/elf/symbols.ts';
import { withDescendants } from '../../runtime/agent/capture/process/processes.ts';
import { decodeBatch } from '../../runtime/agent/capture/record-decoder.ts';
import { openPipeline } from '../../runtime/agent/pipeline.ts';
import { warmUp } from '../delivery/warm-up.ts';
import type { AgentReport, AgentTask } from './task.ts';

/**
 * Holds what is captured in a second at full load. Not more: on memory that the kernel has just cleared for larger rings nginx is
 * slower, even where it is no target and nothing is written to them.
 */
const ringBytes = 1 << 27;

function product(rung: 'A' | 'B', pid: number, traffic: boolean) {
  warmUp();
  let exchanges = 0;
  const pipeline = openPipeline({
    // As in service where nothing comes.
    capture: { rung, ...(traffic && { rings: 1, ringBytes }) },
    bodyBytes: 65_536,
    emit: () => {
      exchanges++;
    },
  });
  return {
    ready: pipeline.capture.setTargets({ pids: new Set([pid]) }),
    reported: () => exchanges,
    stop: () => {
      const { ringFullBytes } = pipeline.capture.counters();
      pipeline.close();
      return { reported: exchanges, lostBytes: ringFullBytes };
    },
  };
}

/** Requests are counted where they begin; nothing is put together. */
function peer(objectPath: string, pid: number, library?: string) {
  let requests = 0;
  const addon = loadAddon(`${findBuildOutput()}/capture.node`);
  const options = {
    objectPath,
    rung: 'A',
    rings: 1,
    ringBytes,
    verifierReport: false,
    uprobeLinks: 'single',
  } as const;
  const native = new addon.Capture(options, batch => {
    for (const event of decodeBatch(batch, 0n).events) {
      if (event.kind === 'data' && event.direction === 'request' && event.bytes[0] === 0x47) requests++;
    }
  });
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  for (const one of withDescendants([pid]))
    native.mapUpdate('target_pids', number(one), new Uint8Array([1]), false);
  native.mapUpdate('.data.control', number(0), Buffer.concat([number(1), number(2), number(0)]), false);
  if (library !== undefined) {
    withFileSource(library, source => {
      const elf = parseElf(source);
      const names = ['SSL_read', 'SSL_write', 'SSL_read_ex', 'SSL_write_ex'] as const;
      for (const [name, { address }] of findFunctions(elf, names)) {
        const offset = fileOffset(elf, address);
        if (offset === undefined) continue;
        const entry = name.startsWith('SSL_read') ? 'tls_read_enter' : 'tls_write_enter';
        native.attachUprobes('tls_exit', library, [offset], [0], true);
        native.attachUprobes(entry, library, [offset], [0], false);
      }
    });
  }
  return {
    ready: Promise.resolve(),
    reported: () => requests,
    stop: () => {
      const lostBytes = Number(native.counters()[3]);
      native.close();
      return { reported: requests, lostBytes };
    },
  };
}

process.once('message', async (task: AgentTask) => {
  const { hooks, pid, traffic } = task;
  const running =
    hooks === 'A' || hooks === 'B' ? product(hooks, pid, traffic) : peer(task.objectPath, pid, task.library);
  await running.ready;
  const before = process.cpuUsage();
  process.send?.('ready');
  process.once('message', async () => {
    // What is still in the rings belongs to the measurement.
    for (let known = -1; known !== running.reported(); ) {
      known = running.reported();
      await setTimeout(200);
    }
    const { user, system } = process.cpuUsage(before);
    const report: AgentReport = { cpuUs: user + system, ...running.stop() };
    process.send?.(report, () => process.exit());
  });
});
