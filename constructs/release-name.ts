const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Helm's limit, which leaves room for suffixes. */
const maxReleaseName = 53;
const maxNamespace = 63;

/** @throws RangeError unless Helm takes it as the name of a release */
export function releaseName(name: string): string {
  if (name.length <= maxReleaseName && dnsSubdomain.test(name)) return name;
  throw new RangeError(
    `release name ${JSON.stringify(name)}: expected at most ${maxReleaseName} lower-case letters, digits, "-" and ".", ` +
      'with a letter or digit at both ends',
  );
}

/** @throws RangeError unless Kubernetes takes it as the name of a namespace */
export function namespaceName(name: string): string {
  if (name.length <= maxNamespace && dnsLabel.test(name)) return name;
  throw new RangeError(
    `namespace ${JSON.stringify(name)}: expected at most ${maxNamespace} lower-case letters, digits and "-", ` +
      'with a letter or digit at both ends',
  );
}
