import { kubeVersion } from '../kube-version.ts';
import { namespaceName, releaseName } from '../release-name.ts';

/** What the environment says about a synthesis. */
export interface Settings {
  readonly valuesFile: string;
  readonly releaseName: string;
  readonly namespace: string;
  readonly kubeVersion?: string;
  readonly apiVersions: readonly string[];
}

/** `apps/v1`, or with a kind `apps/v1/Deployment`; `v1` for the core group. */
const apiVersion = /^([a-z0-9.-]+\/)?v[0-9a-z]+(\/[A-Za-z0-9]+)?$/;

/**
 * Reads VALUES_FILE, RELEASE_NAME, NAMESPACE, KUBE_VERSION and API_VERSIONS; the last two mean what Helm's flags
 * `--kube-version` and `--api-versions` mean.
 *
 * @throws RangeError naming the variable and its value
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { VALUES_FILE, RELEASE_NAME, NAMESPACE, KUBE_VERSION, API_VERSIONS } = env;
  if (KUBE_VERSION) named('KUBE_VERSION', kubeVersion, KUBE_VERSION);
  const apiVersions = (API_VERSIONS?.split(',') ?? []).map(each => each.trim()).filter(Boolean);
  for (const version of apiVersions) {
    if (!apiVersion.test(version))
      throw new RangeError(
        `API_VERSIONS: ${JSON.stringify(version)}: expected a comma-separated list such as apps/v1`,
      );
  }
  return {
    valuesFile: VALUES_FILE || 'examples/values.yaml',
    releaseName: named('RELEASE_NAME', releaseName, RELEASE_NAME),
    namespace: named('NAMESPACE', namespaceName, NAMESPACE),
    ...(KUBE_VERSION ? { kubeVersion: KUBE_VERSION } : {}),
    apiVersions,
  };
}

function named<T>(variable: string, check: (name: string) => T, value: string | undefined): T {
  try {
    return check(value || 'wallarm-ebpf');
  } catch (error) {
    throw new RangeError(`${variable}: ${(error as Error).message}`);
  }
}
