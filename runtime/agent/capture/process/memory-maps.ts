/** A file mapped executable in a process. */
export interface MappedFile {
  /** Address range as /proc/PID/map_files names it: without the leading zeros of /proc/PID/maps. */
  readonly range: string;
  /** Device (major:minor, hexadecimal) and inode, as the process sees them. */
  readonly device: string;
  readonly inode: number;
  /** Path in the process's mount namespace, with " (deleted)" when the file is gone. */
  readonly path: string;
}

const line = /^0*([0-9a-f]+)-0*([0-9a-f]+) ..x. [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) (\d+)\s+(\/.*)$/;

/** Executable file mappings in the text of /proc/PID/maps (proc_pid_maps(5)), one entry per file. */
export function executableFiles(maps: string): MappedFile[] {
  const files = new Map<string, MappedFile>();
  for (const text of maps.split('\n')) {
    const match = line.exec(text);
    if (match === null) continue;
    const [, start = '', end = '', device = '', inode = '', path = ''] = match;
    const key = `${device} ${inode} ${path}`;
    if (!files.has(key)) files.set(key, { range: `${start}-${end}`, device, inode: Number(inode), path });
  }
  return [...files.values()];
}

/** Opens the mapped file itself, whatever mount namespace it is in and even when it was deleted or replaced. */
export function mappedFilePath(pid: number, file: MappedFile): string {
  return `/proc/${pid}/map_files/${file.range}`;
}
