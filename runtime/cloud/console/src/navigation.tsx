import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';

const changed = 'navigation';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(changed, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(changed, listener);
  };
}

/** Path and query of the page; renders again when they change. */
export function useAddress(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
}

/** Goes to an address of the console; `replace` leaves no entry in the history (typing in a search box). */
export function navigate(address: string, options: { replace?: boolean } = {}): void {
  if (address === window.location.pathname + window.location.search) return;
  if (options.replace === true) window.history.replaceState(null, '', address);
  else window.history.pushState(null, '', address);
  window.dispatchEvent(new Event(changed));
}

type LinkProps = { readonly to: string; readonly className?: string; readonly children: ReactNode };

/** A real link, so that opening it in a new tab works; a plain click stays in the page. */
export function Link({ to, className, children }: LinkProps) {
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
    window.scrollTo(0, 0);
  };
  return (
    <a href={to} className={className} onClick={onClick}>
      {children}
    </a>
  );
}
