type RetryProps = { readonly message: string; readonly onRetry: () => void };

export function ErrorPanel({ message, onRetry }: RetryProps) {
  return (
    <section className="card condition" role="alert">
      <h1>The inventory could not be loaded</h1>
      <p>{message}</p>
      <button type="button" className="primary" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}

export function StaleBanner({
  message,
  updatedMs,
  onRetry,
}: RetryProps & { readonly updatedMs: number | undefined }) {
  return (
    <div className="banner" role="alert">
      <span>
        {message}
        {updatedMs !== undefined && ` What you see is of ${new Date(updatedMs).toLocaleTimeString('en')}.`}
      </span>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

export function NothingMatches({ onClear }: { readonly onClear: () => void }) {
  return (
    <section className="card condition">
      <h2>Nothing matches</h2>
      <p>No endpoint of the inventory has all of what is asked for.</p>
      <button type="button" onClick={onClear}>
        Clear the filters
      </button>
    </section>
  );
}

/** What to do when nothing was discovered yet: nothing is mirrored until it is selected. */
export function EmptyInventory() {
  return (
    <section className="card condition empty">
      <h2>No endpoints yet</h2>
      <p>
        Traffic is mirrored only from what you select. Choose one of these, then send a few requests to the
        application: its endpoints appear here within seconds, without reloading.
      </p>
      <ol>
        <li>
          <h3>All pods of a namespace</h3>
          <pre>
            <code>kubectl label namespace my-namespace wallarm-mirror=enabled</code>
          </pre>
        </li>
        <li>
          <h3>Single pods, by an annotation in the pod template</h3>
          <pre>
            <code>{`template:
  metadata:
    annotations:
      mirror.wallarm.com/enabled: "true"`}</code>
          </pre>
        </li>
        <li>
          <h3>By labels, containers or nodes</h3>
          <p>
            with <code>config.agent.mirror.filters</code> in the chart's values, or everything with{' '}
            <code>config.agent.mirror.allNamespaces</code>.
          </p>
        </li>
      </ol>
      <p className="muted">
        Still nothing? Only inbound HTTP counts, in clear text or over TLS through the shared OpenSSL library.
        The agent's log names the pods that it has selected.
      </p>
    </section>
  );
}
