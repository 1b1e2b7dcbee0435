import type { CategoricalProfile } from '../profile/categorical.ts';
import { finiteRows, type NumericProfile } from '../profile/numeric.ts';

/** How the service that logs does, in a window. */
export interface ServiceFigures {
  /** Requests whose status is known. */
  readonly requests: number;
  /** Share of them that failed; undefined without any. */
  readonly errorRate: number | undefined;
  /** Milliseconds; undefined where no latency is known. */
  readonly latencyP95: number | undefined;
}

/** From the profiles of the log record's own columns (see `serviceSpecs`); `okStatuses` are texts that are no error. */
export function serviceFigures(
  status: CategoricalProfile | undefined,
  latency: NumericProfile | undefined,
  okStatuses: readonly string[],
): ServiceFigures {
  const { requests, errors } = countErrors(status, okStatuses);
  return {
    requests,
    errorRate: requests === 0 ? undefined : errors / requests,
    latencyP95: latency === undefined ? undefined : quantile(latency, 0.95),
  };
}

function countErrors(status: CategoricalProfile | undefined, okStatuses: readonly string[]) {
  if (status === undefined) return { requests: 0, errors: 0 };
  const ok = new Set(okStatuses.map((text) => text.toLowerCase()));
  const isError = (value: string) => {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isNaN(number) ? !ok.has(value.trim().toLowerCase()) : number >= 500;
  };
  const { counts, spec, examples } = status;
  const known = spec.values.map((value, index) => ({ value, count: counts[index] ?? 0 }));
  const sum = (of: readonly { readonly count: number }[]) => of.reduce((total, { count }) => total + count, 0);
  // Of further texts nobody knows what they mean.
  const named = [...known, ...examples];
  return { requests: sum(named), errors: sum(named.filter(({ value }) => isError(value))) };
}

/**
 * A quantile from counts on cells, between two edges by linear interpolation: at most one cell (for latency 12 %) off.
 * Undefined without finite values.
 */
export function quantile(profile: NumericProfile, share: number): number | undefined {
  const rows = finiteRows(profile);
  const { min, max } = profile;
  if (rows === 0 || min === undefined || max === undefined) return undefined;
  const { edges } = profile.spec.grid;
  const wanted = share * rows;
  let before = profile.below;
  if (wanted <= before) return Math.min(edges[0] ?? max, max);
  for (const [cell, count] of profile.counts.entries()) {
    if (count > 0 && before + count >= wanted) {
      const lower = Math.max(min, edges[cell - 1] ?? min);
      const upper = Math.min(max, edges[cell] ?? max);
      return lower + ((wanted - before) / count) * (upper - lower);
    }
    before += count;
  }
  return max;
}
