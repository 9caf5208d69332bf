import { type FormEvent, useState } from 'react';
import { ApiError, checkToken } from './api.ts';
import { Mark } from './mark.tsx';

type SignInProps = { readonly reason: string | undefined; readonly onSignIn: (token: string) => void };

export function SignIn({ reason, onSignIn }: SignInProps) {
  const [token, setToken] = useState('');
  const [message, setMessage] = useState(reason);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const candidate = token.trim();
    if (candidate === '') {
      setMessage('Enter the installation token.');
      return;
    }
    setBusy(true);
    try {
      await checkToken(candidate, new AbortController().signal);
      onSignIn(candidate);
    } catch (error) {
      setMessage(error instanceof ApiError ? error.message : String(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit} noValidate>
        <h1>
          <Mark />
          API inventory
        </h1>
        <p className="muted">
          Sign in with the installation token: the value of <code>config.api.token</code> that this
          installation was made with.
        </p>
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          aria-invalid={message !== undefined}
          aria-describedby={message === undefined ? undefined : 'token-message'}
          value={token}
          onChange={event => setToken(event.target.value)}
        />
        {message !== undefined && (
          <p id="token-message" className="message" role="alert">
            {message}
          </p>
        )}
        <button type="submit" className="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
