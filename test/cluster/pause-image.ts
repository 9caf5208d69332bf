import { writeFile } from 'node:fs/promises';
import { command } from './command.ts';
import { writeBinaryImage } from './image-archive.ts';
import { statePath } from './layout.ts';
import { pauseImage } from './node-files.ts';

/** Holds a pod's namespaces: waits for a signal, and reaps what is handed to process 1 of a shared PID namespace. */
const source = `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void end(int s) { _exit(0); }
static void reap(int s) { while (waitpid(-1, 0, WNOHANG) > 0); }
int main(void) {
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
`;

/** @returns the archive of the pause image, compiled here: no registry is in reach of the node */
export async function makePauseImage(): Promise<string> {
  await writeFile(statePath('pause.c'), source);
  await command('gcc', ['-static', '-Os', '-s', '-o', statePath('pause'), statePath('pause.c')]);
  const archive = statePath('pause.tar');
  await writeBinaryImage(pauseImage, statePath('pause'), archive, statePath('pause-work'));
  return archive;
}
