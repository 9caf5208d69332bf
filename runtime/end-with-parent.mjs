// Imported into a process that nobody would end if the one that started it were killed (SIGKILL cannot be passed on): it gets
// SIGTERM then, as if that had been passed on.
const intervalMs = 500;
const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, intervalMs).unref();
