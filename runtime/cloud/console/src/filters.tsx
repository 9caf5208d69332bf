import { useEffect, useRef, useState } from 'react';
import type { Summary } from './api.ts';
import type { ListState } from './list-state.ts';

type FiltersProps = {
  readonly state: ListState;
  readonly summary: Summary;
  readonly onChange: (part: Partial<ListState>, options?: { replace?: boolean }) => void;
};

const typingMs = 200;

export function Filters({ state, summary, onChange }: FiltersProps) {
  // Names that are filtered on stay offered, whatever the inventory holds now.
  const hosts = withChosen(
    summary.hosts.map(({ host }) => host),
    state.host === '' ? [] : [state.host],
  );
  const methods = withChosen(
    summary.methods.map(({ method }) => method),
    state.methods,
  );
  const toggle = (method: string) =>
    onChange({
      methods: state.methods.includes(method)
        ? state.methods.filter(chosen => chosen !== method)
        : [...state.methods, method],
    });

  return (
    <search className="filters">
      <SearchBox search={state.search} onSearch={search => onChange({ search }, { replace: true })} />
      <label className="host-filter">
        <span className="hidden">Host</span>
        <select value={state.host} onChange={event => onChange({ host: event.target.value })}>
          <option value="">All hosts</option>
          {hosts.map(host => (
            <option key={host} value={host}>
              {host === '' ? '(no host)' : host}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="method-filter">
        <legend className="hidden">Methods</legend>
        {methods.map(method => (
          <button
            key={method}
            type="button"
            className="chip"
            aria-pressed={state.methods.includes(method)}
            onClick={() => toggle(method)}
          >
            {method}
          </button>
        ))}
      </fieldset>
    </search>
  );
}

function withChosen(offered: readonly string[], chosen: readonly string[]): string[] {
  return [...new Set([...offered, ...chosen])].sort();
}

type SearchBoxProps = { readonly search: string; readonly onSearch: (search: string) => void };

/** Follows the address, and changes it once the typing rests. */
function SearchBox({ search, onSearch }: SearchBoxProps) {
  const [text, setText] = useState(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    setText(before => (before.trim() === search ? before : search));
  }, [search]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== '/' || typing || event.metaKey || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const onText = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(next.trim()), typingMs);
  };
  return (
    <label className="search">
      <span className="hidden">Search</span>
      <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 3.5 3.5" />
      </svg>
      <input
        ref={input}
        type="search"
        placeholder="Search path, host, method or parameter"
        spellCheck={false}
        maxLength={512}
        value={text}
        onChange={event => onText(event.target.value)}
      />
      <kbd>/</kbd>
    </label>
  );
}
