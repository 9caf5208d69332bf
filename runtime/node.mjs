// Runs a service with the Node the images ship (24): with this process's own when it is new enough, else
// with the one that npm installed for this platform. Plain JavaScript, because the caller may be Node 20.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const requiredMajor = 24;

/** Path of a Node ≥ 24. Throws with what to install when there is none. */
export function nodePath() {
  if (Number(process.versions.node.split('.')[0]) >= requiredMajor) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node');
  } catch {
    throw new Error(
      `The services need Node ${requiredMajor}; this is ${process.version} and the npm package ${name} is not ` +
        `installed. Run "npm ci" on Linux x64 or arm64, or use Node ${requiredMajor}.`,
    );
  }
}

function main([script, ...args]) {
  if (script === undefined) {
    console.error('usage: node runtime/node.mjs SCRIPT [ARGUMENT …]');
    process.exit(2);
  }
  let node;
  try {
    node = nodePath();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
  const guard = new URL('end-with-parent.mjs', import.meta.url).href;
  // A shell's background job may outlive the shell; what npm runs does not outlive npm.
  if (process.env.npm_lifecycle_event !== undefined) import(guard);
  if (node === process.execPath) {
    process.argv = [process.argv[0], resolve(script), ...args];
    import(pathToFileURL(resolve(script)).href).catch(error => {
      console.error(error);
      process.exit(2);
    });
    return;
  }
  const child = spawn(node, ['--import', guard, script, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href)
  main(process.argv.slice(2));
