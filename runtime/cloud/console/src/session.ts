// The token of this browser tab. It lives in sessionStorage: gone with the tab, never sent by itself, and
// never in the address bar longer than it takes to read it from there.
import { useCallback, useEffect, useState } from 'react';

const storageKey = 'api-inventory-token';

/** Takes `#token=…` out of the address bar, so that it is in no history, bookmark or screenshot. */
function tokenFromFragment(): string | undefined {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (token === null) return undefined;
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  return token === '' ? undefined : token;
}

export type Session = {
  readonly token: string | undefined;
  /** Why the last token was given up; shown on the sign-in page. */
  readonly reason: string | undefined;
  readonly signIn: (token: string) => void;
  readonly signOut: (reason?: string) => void;
};

export function useSession(): Session {
  const [token, setToken] = useState(() => {
    const fresh = tokenFromFragment();
    if (fresh !== undefined) sessionStorage.setItem(storageKey, fresh);
    return fresh ?? sessionStorage.getItem(storageKey) ?? undefined;
  });
  const [reason, setReason] = useState<string>();

  const signIn = useCallback((next: string) => {
    sessionStorage.setItem(storageKey, next);
    setReason(undefined);
    setToken(next);
  }, []);
  const signOut = useCallback((why?: string) => {
    sessionStorage.removeItem(storageKey);
    setReason(why);
    setToken(undefined);
  }, []);

  useEffect(() => {
    const onHashChange = () => {
      const fresh = tokenFromFragment();
      if (fresh !== undefined) signIn(fresh);
    };
    window.addEventListener('hashchange', onHashChange);
    return () => window.removeEventListener('hashchange', onHashChange);
  }, [signIn]);

  return { token, reason, signIn, signOut };
}
