import type { Baseline } from '../../src/baseline/baseline.ts';
import { recordColumns } from '../../src/config/record-columns.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { mergeProfiles, type Profile } from '../../src/profile/profile.ts';
import { judgeWindow } from '../../src/report/judge-window.ts';
import type { Report } from '../../src/report/schema.ts';
import { uniform } from '../../src/statistics/random.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { baselineOf, windowOf } from '../drift/in-memory.ts';
import type { BenchCase } from './cases.ts';
import { median } from './measure.ts';
import { drawRows, mixedColumns } from './population.ts';

const BASELINE_ROWS = 20_000;
const HOUR_ROWS = 1_000;
const HOURS = 24;

/** From merged profiles of 24 hours to the report: every statistic, verdict, reason and histogram, in this process. */
export const judgeCase: BenchCase = {
  name: 'judge',
  async run({ runs, report }) {
    const fifty = fiftyColumns();
    for (const repeats of [1, 20]) {
      const { baseline, hour } = repeated(fifty, repeats);
      const merging: number[] = [];
      const judging: number[] = [];
      const cpu: number[] = [];
      let bytes = 0;
      for (let run = 0; run < runs; run++) {
        const start = performance.now();
        let profile = hour;
        for (let merged = 1; merged < HOURS; merged++) profile = mergeProfiles(profile, hour);
        const between = performance.now();
        const cpuBefore = process.cpuUsage();
        const built = await reportOf(baseline, profile);
        const used = process.cpuUsage(cpuBefore);
        cpu.push((used.user + used.system) / 1e6);
        judging.push((performance.now() - between) / 1000);
        merging.push((between - start) / 1000);
        bytes = JSON.stringify(built).length;
      }
      const first = `CPU of the first ${Math.round((cpu[0] ?? Number.NaN) * 1000)} ms; merging ${Math.round(median(merging) * 1000)} ms`;
      const note = `${first}; ${Math.round(bytes / 1024)} KiB of report`;
      const name = `report of ${baseline.columns.length} features × ${HOURS} h of profiles`;
      report({ name, seconds: median(judging), cpuSeconds: median(cpu), rssMib: Number.NaN, note });
    }
  },
};

interface Counted {
  readonly baseline: Baseline;
  readonly hour: Profile;
}

function fiftyColumns(): Counted {
  const random = uniform(1);
  const columns = mixedColumns();
  const baseline = baselineOf(drawRows(columns, BASELINE_ROWS, random));
  return { baseline, hour: windowOf(baseline, drawRows(columns, HOUR_ROWS, random)) };
}

function repeated({ baseline, hour }: Counted, times: number): Counted {
  const copies = Array.from({ length: times }, (_, copy) => copy);
  const columns = copies.flatMap((copy) =>
    baseline.columns.map((column) => ({ ...column, spec: { ...column.spec, name: `${column.spec.name} ${copy}` } })),
  ) as Baseline['columns'];
  return { baseline: { ...baseline, columns }, hour: { ...hour, columns: copies.flatMap(() => hour.columns) } };
}

async function reportOf(baseline: Baseline, profile: Profile): Promise<Report> {
  const settings = settingsSchema.parse({});
  const record = recordColumns(settings);
  const names = baseline.columns.map(({ spec }) => spec.name);
  const seen = new Map(
    names.map((name) => [
      name,
      { files: HOURS, repeated: 0, types: new Set(['DOUBLE']), kinds: new Set(['number' as const]) },
    ]),
  );
  const work = { hoursKept: HOURS, hoursUpdated: 0, filesRead: 0 };
  const read = {
    profile,
    work,
    files: HOURS,
    filesWithRows: HOURS,
    rowsOfLastHour: 0,
    bytes: 0,
    skipped: [],
    skippedColumns: [],
    seen,
  };
  const span = { from: 0, to: HOURS * HOUR_MS };
  const run = {
    startedAt: '2026-01-01T00:00:00Z',
    durationMs: 0,
    version: '0',
    baselineCreatedAt: baseline.createdAt,
    hoursKept: HOURS,
    hoursUpdated: 0,
    filesRead: 0,
    bytesFetched: 0,
  };
  const configured = { model: baseline.model, judgement: settings, alerts: settings.alerts };
  return (await judgeWindow({ baseline, configured, span }, read, record, run)).report;
}
