import { minimumKubeVersion } from './version.ts';

/** A version as Helm takes it: `v1.30`, `1.30.2`, `1.30.2-gke.1`. */
const pattern = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+][0-9A-Za-z.+-]*)?$/;

/**
 * Major and minor of a Kubernetes version.
 *
 * @throws RangeError for anything else, and for a version older than the chart installs on
 */
export function kubeVersion(version: string): readonly [major: number, minor: number] {
  const found = pattern.exec(version);
  if (!found) throw new RangeError(`${JSON.stringify(version)}: expected a version such as 1.30.0`);
  const [major, minor] = found.slice(1, 3).map(Number) as [number, number];
  const [leastMajor, leastMinor] = minimumKubeVersion.split('.').map(Number) as [number, number];
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new RangeError(`${JSON.stringify(version)}: needs Kubernetes ${minimumKubeVersion} or later`);
  return [major, minor];
}

/** Whether that version is 1.`minor` or later; without a version, yes. */
export function kubeVersionCheck(version: string | undefined): (minor: number) => boolean {
  if (version === undefined) return () => true;
  const [major, found] = kubeVersion(version);
  return minor => major > 1 || found >= minor;
}
