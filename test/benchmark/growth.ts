import { args, type Bench, type BenchCase, detect, forget, prepared, result, WIDE } from './cases.ts';
import type { DataSpec } from './data.ts';
import { type Measured, measure } from './measure.ts';

interface Dimension {
  readonly name: string;
  readonly small: DataSpec;
  readonly large: DataSpec;
  /** The window's hours are in storage already. */
  readonly cached?: true;
}

const BASE: DataSpec = { ...WIDE, rows: 250_000, hours: 24, trainingRows: 20_000 };

/** What is multiplied, everything else being equal. */
const DIMENSIONS: readonly Dimension[] = [
  { name: 'rows × 4', small: BASE, large: { ...BASE, rows: 4 * BASE.rows } },
  {
    name: 'columns × 4',
    small: BASE,
    large: { ...BASE, numeric: 4 * BASE.numeric, categorical: 4 * BASE.categorical },
  },
  { name: 'files × 16, of the same rows', small: BASE, large: { ...BASE, filesPerHour: 16 } },
  { name: 'hours × 7, all of them cached', small: BASE, large: { ...BASE, hours: 7 * 24 }, cached: true },
];

/** How time and memory of a window grow with its rows, columns, files and hours. */
export const growth: BenchCase = {
  name: 'growth',
  async run(bench) {
    for (const { name, small, large, cached } of DIMENSIONS) {
      const before = await windowOf(bench, small, cached);
      const after = await windowOf(bench, large, cached);
      const factor = (what: (measured: Measured) => number) => (what(after) / what(before)).toFixed(2);
      const note = `time × ${factor(({ seconds }) => seconds)}, RSS × ${factor(({ rssMib }) => rssMib)}`;
      bench.report(result(`growth: ${name}`, after, { note }));
    }
  },
};

async function windowOf(bench: Bench, spec: DataSpec, cached: true | undefined): Promise<Measured> {
  const root = await prepared(bench, 'growth', spec);
  measure(args(root, 'baseline', 'generate'), 1);
  if (cached) measure(detect(root, spec.hours), 1);
  return measure(detect(root, spec.hours), bench.runs, cached ? undefined : forget(root));
}
