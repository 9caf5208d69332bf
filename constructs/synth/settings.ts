import { namespaceName, releaseName } from '../release-name.ts';
import { minimumKubeVersion } from '../version.ts';

/** What the environment says about a synthesis. */
export interface Settings {
  readonly valuesFile: string;
  readonly releaseName: string;
  readonly namespace: string;
}

/** A version as Helm takes it: `v1.30`, `1.30.2`, `1.30.2-gke.1`. */
const kubeVersion = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+][0-9A-Za-z.+-]*)?$/;

/** `apps/v1`, or with a kind `apps/v1/Deployment`; `v1` for the core group. */
const apiVersion = /^([a-z0-9.-]+\/)?v[0-9a-z]+(\/[A-Za-z0-9]+)?$/;

/**
 * Reads VALUES_FILE, RELEASE_NAME, NAMESPACE, KUBE_VERSION and API_VERSIONS; the last two are checked as Helm's
 * flags `--kube-version` and `--api-versions`, and no object depends on them yet.
 *
 * @throws RangeError naming the variable and its value
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { VALUES_FILE, RELEASE_NAME, NAMESPACE, KUBE_VERSION, API_VERSIONS } = env;
  if (KUBE_VERSION) checkKubeVersion(KUBE_VERSION);
  for (const version of API_VERSIONS?.split(',').filter(Boolean) ?? []) {
    if (!apiVersion.test(version.trim()))
      throw new RangeError(
        `API_VERSIONS: ${JSON.stringify(version)}: expected a comma-separated list such as apps/v1`,
      );
  }
  return {
    valuesFile: VALUES_FILE || 'examples/values.yaml',
    releaseName: named('RELEASE_NAME', releaseName, RELEASE_NAME),
    namespace: named('NAMESPACE', namespaceName, NAMESPACE),
  };
}

function named(variable: string, check: (name: string) => string, value: string | undefined): string {
  try {
    return check(value || 'wallarm-ebpf');
  } catch (error) {
    throw new RangeError(`${variable}: ${(error as Error).message}`);
  }
}

function checkKubeVersion(version: string): void {
  const found = kubeVersion.exec(version);
  if (!found)
    throw new RangeError(`KUBE_VERSION: ${JSON.stringify(version)}: expected a version such as 1.30.0`);
  const [major, minor] = found.slice(1, 3).map(Number) as [number, number];
  const [leastMajor, leastMinor] = minimumKubeVersion.split('.').map(Number) as [number, number];
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new RangeError(
      `KUBE_VERSION: ${JSON.stringify(version)}: needs Kubernetes ${minimumKubeVersion} or later`,
    );
}
