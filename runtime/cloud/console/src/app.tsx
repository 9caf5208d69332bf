import { useEffect, useState } from 'react';
import { DetailPage } from './detail-page.tsx';
import { ListPage } from './list-page.tsx';
import { Mark } from './mark.tsx';
import { Link, useAddress } from './navigation.tsx';
import { useSession } from './session.ts';
import { SignIn } from './sign-in.tsx';

export function App() {
  const session = useSession();
  const address = useAddress();
  const [paused, setPaused] = useState(false);
  const [path = '/', query = ''] = address.split('?', 2);
  const endpoint = /^\/endpoints\/([\w-]+)$/.exec(path)?.[1];

  useEffect(() => {
    if (endpoint === undefined) document.title = 'API inventory';
  }, [endpoint]);

  if (session.token === undefined) return <SignIn reason={session.reason} onSignIn={session.signIn} />;
  const page = { token: session.token, paused, onTokenRefused: session.signOut };
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          <Mark />
          API inventory
        </Link>
        <span className="bar-space" />
        <button
          type="button"
          className="live"
          aria-pressed={!paused}
          title={paused ? 'Update every 2 seconds' : 'Stop updating'}
          onClick={() => setPaused(before => !before)}
        >
          <span className="live-dot" aria-hidden="true" />
          {paused ? 'Paused' : 'Live'}
        </button>
        <button type="button" className="quiet" onClick={() => session.signOut()}>
          Sign out
        </button>
      </header>
      <main id="content" tabIndex={-1}>
        {endpoint === undefined ? (
          <ListPage {...page} query={query} />
        ) : (
          <DetailPage {...page} key={endpoint} id={endpoint} />
        )}
      </main>
    </>
  );
}
