import { args, type BenchCase, detect, forget, prepared, result } from './cases.ts';
import { measure } from './measure.ts';

const ROWS_AN_HOUR = [10_000, 100_000, 1_000_000];
const COLUMNS = [10, 50, 200];

/** What an hourly run needs, by rows and columns of the hour that it reads: the table of docs/operations.md. */
export const sizing: BenchCase = {
  name: 'sizing',
  async run(bench) {
    for (const rows of ROWS_AN_HOUR) {
      for (const columns of COLUMNS) {
        const categorical = columns / 10;
        const spec = { rows, numeric: columns - categorical, categorical, hours: 1, trainingRows: 20_000 };
        const root = await prepared(bench, 'sizing', spec);
        measure(args(root, 'baseline', 'generate'), 1);
        const measured = measure(detect(root), bench.runs, forget(root));
        const title = `an hour of ${rows.toLocaleString('en')} × ${columns}`;
        bench.report(result(title, measured, { valuesPerSecond: (rows * columns) / bench.scale / measured.seconds }));
      }
    }
  },
};
