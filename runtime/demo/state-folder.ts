import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'wallarm-oob-demo-';
const ownerFile = 'owner.pid';

/**
 * A folder of this run alone. Folders of earlier runs whose process is gone (killed, power cut) are removed first.
 * Others may pass through it (0711), because nginx's workers are not root; what it holds is closed to them.
 */
export function createStateFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(prefix) && !ownerLives(join(tmpdir(), name))) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
  const folder = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(folder, ownerFile), String(process.pid), { mode: 0o600 });
  return folder;
}

function ownerLives(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, ownerFile), 'utf8')), 0);
    return true;
  } catch (error) {
    // Not ours to judge when its owner file is not there yet or not readable.
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ESRCH';
  }
}
