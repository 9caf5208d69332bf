export function Share({ part, whole }: { readonly part: number; readonly whole: number }) {
  const percent = whole === 0 ? 0 : Math.min(100, (part / whole) * 100);
  return (
    <span className="share">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect className="share-whole" width="100" height="6" />
        <rect className="share-part" width={percent} height="6" />
      </svg>
      <span>{percent > 0 && percent < 1 ? '<1' : Math.round(percent)} %</span>
    </span>
  );
}
