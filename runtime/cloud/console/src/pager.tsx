import { formatCount } from './format.tsx';
import { type ListState, pageSizes } from './list-state.ts';

type PagerProps = {
  readonly state: ListState;
  readonly total: number;
  readonly onChange: (part: Partial<ListState>) => void;
};

export function Pager({ state, total, onChange }: PagerProps) {
  const { page, size } = state;
  const pages = Math.max(1, Math.ceil(total / size));
  const first = (page - 1) * size + 1;
  const last = Math.min(page * size, total);
  return (
    <nav className="pager" aria-label="Pages">
      <span className="muted">
        {formatCount(first)}–{formatCount(last)} of {formatCount(total)}
      </span>
      <label>
        <span className="muted">Rows</span>
        <select value={size} onChange={event => onChange({ size: Number(event.target.value) })}>
          {pageSizes.map(option => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      </label>
      <span className="bar-space" />
      <button type="button" disabled={page <= 1} onClick={() => onChange({ page: page - 1 })}>
        Previous
      </button>
      <span className="muted">
        Page {formatCount(page)} of {formatCount(pages)}
      </span>
      <button type="button" disabled={page >= pages} onClick={() => onChange({ page: page + 1 })}>
        Next
      </button>
    </nav>
  );
}
