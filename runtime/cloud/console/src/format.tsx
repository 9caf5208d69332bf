import { Fragment } from 'react';

const numbers = new Intl.NumberFormat('en');
const instants = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

export function formatCount(count: number): string {
  return numbers.format(count);
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function Method({ method }: { readonly method: string }) {
  return <span className={`method method-${method.toLowerCase().replaceAll(/[^a-z]/g, '')}`}>{method}</span>;
}

/** A path template with its variable segments set apart, breakable at its slashes. */
export function Template({ template }: { readonly template: string }) {
  const parts = template.split(/(\{[^{}]*\}|\/)/).filter(part => part !== '');
  return (
    <span className="template">
      {parts.map((part, index) => {
        if (part === '/')
          return (
            <Fragment key={index}>
              /<wbr />
            </Fragment>
          );
        return (
          <span key={index} className={part.startsWith('{') ? 'variable' : undefined}>
            {part}
          </span>
        );
      })}
    </span>
  );
}

export function Status({ status }: { readonly status: number }) {
  return <span className={`status status-${Math.floor(status / 100)}`}>{status}</span>;
}

const units: readonly [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** `3 min ago`, with the instant as its title. */
export function Ago({ instant, nowMs }: { readonly instant: string; readonly nowMs: number }) {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(instant)) / 1000));
  const unit = units.find(([size]) => seconds >= size);
  const text =
    unit === undefined
      ? seconds < 5
        ? 'just now'
        : `${seconds} s ago`
      : `${Math.floor(seconds / unit[0])} ${unit[1]} ago`;
  return (
    <time dateTime={instant} title={instants.format(new Date(instant))}>
      {text}
    </time>
  );
}
