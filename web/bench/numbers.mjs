/** Figures of many rounds, and what came of them. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const worst = (values) => Math.max(...values);

const written = (value) => (Math.abs(value) >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1));

/** Whether all rounds are within a limit, half of them, or fewer. */
export function verdictOf(values, limit) {
  if (worst(values) <= limit) return 'PASS';
  return median(values) <= limit ? 'PASS by the median' : 'short';
}

export const ms = (values) => `median ${written(median(values))} ms, worst ${written(worst(values))} ms of ${values.length}`;

/** Bytes as networks count them: 1 KB is 1000. */
export const kb = (bytes) => `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} KB`;
