import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBaseline } from '../baseline/baseline.ts';
import { generateBaseline } from '../baseline/generate.ts';
import { saveBaseline } from '../baseline/store.ts';
import { findTrainingData } from '../baseline/training-sources.ts';
import { recordColumns } from '../config/record-columns.ts';
import { type Judgement, type Settings, settingsSchema } from '../config/settings.ts';
import type { Verdict } from '../drift/verdict.ts';
import { detect } from '../report/detect.ts';
import type { Report } from '../report/schema.ts';
import { HOUR_MS } from '../storage/hour.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openStore } from '../storage/open.ts';
import type { Look, Scenario } from './scenarios.ts';
import { FIRST_HOUR, writeLogs, writeTraining } from './write.ts';

export interface CheckRequest {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly judgement: Judgement;
  /** Of these only what the machine needs: all names and paths are the default ones. */
  readonly settings: Pick<Settings, 'memoryLimitMib' | 'tempDirectory'>;
  readonly workers: number;
  readonly now: () => number;
  /** Of the program. */
  readonly version: string;
}

/** One report of a scenario. */
export interface Checked {
  readonly look: Look;
  readonly found: {
    readonly status: Report['status'];
    readonly driftScore: number;
    /** Verdicts of the columns that are `minor` or `drift`. */
    readonly moved: Readonly<Record<string, Verdict>>;
  };
  /** What is not as it must be, one sentence each. */
  readonly wrong: readonly string[];
}

/**
 * Plays a scenario from training data and logs in Parquet to reports, in a storage of its own that is removed afterwards,
 * and compares the reports with what they must say.
 */
export async function checkScenario(request: CheckRequest): Promise<Checked[]> {
  const folder = await mkdtemp(join(request.settings.tempDirectory ?? tmpdir(), 'drift-simulation-'));
  try {
    return await checkIn(await openStore(`file:${folder}`), request);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkIn(store: ObjectStore, request: CheckRequest): Promise<Checked[]> {
  const { scenario, seed, judgement, workers, now } = request;
  const settings = settingsSchema.parse({ ...request.settings });
  const model = { name: scenario.name, version: 'v1' };
  const written = { store, scenario, model, seed, record: recordColumns(settings) };
  await writeTraining(written);
  const { rows } = scenario;
  await writeLogs({ ...written, rows, logPathTemplate: settings.logPathTemplate, onProgress: () => undefined });

  const sources = await findTrainingData([], model, store, '.', (path) => openStore(`file:${path}`));
  const baseline = await generateBaseline({
    model,
    sources,
    settings,
    columns: judgement.columns,
    workers,
    now: () => new Date(now()),
    onProgress: () => undefined,
  });
  await saveBaseline(store, encodeBaseline(baseline));

  const checked: Checked[] = [];
  for (const look of scenario.looks) {
    const [detected] = await detect({
      store,
      logs: store,
      models: [
        { model, alerts: settings.alerts, judgement: { ...judgement, analysisWindowHours: look.to - look.from } },
      ],
      settings,
      at: FIRST_HOUR + (look.to - 1) * HOUR_MS,
      useStored: true,
      workers,
      now,
      version: request.version,
      onProgress: () => undefined,
    });
    if (detected === undefined || 'error' in detected) throw detected?.error ?? new Error('no report was made');
    checked.push(compare(look, Object.keys(scenario.columns), detected.report));
  }
  return checked;
}

function compare(look: Look, columns: readonly string[], report: Report): Checked {
  const signals = [...report.features, ...report.outputs, ...report.embeddings];
  const verdicts = new Map<string, Verdict>(signals.map(({ name, verdict }) => [name, verdict]));
  const others = look.status === 'insufficient-data' ? 'insufficient-data' : 'none';
  const wrong = columns.flatMap((name) => {
    const expected = look.moved[name] ?? others;
    const verdict = verdicts.get(name) ?? 'not judged';
    if (verdict === expected) return [];
    const reasons = signals.find((signal) => signal.name === name)?.reasons ?? [];
    return [`${name} is ${verdict} and must be ${expected}: ${reasons.join('; ')}`];
  });
  if (report.status !== look.status) wrong.unshift(`the status is ${report.status} and must be ${look.status}`);
  const moved = [...verdicts].filter(([, verdict]) => verdict === 'minor' || verdict === 'drift');
  return {
    look,
    found: { status: report.status, driftScore: report.driftScore, moved: Object.fromEntries(moved) },
    wrong,
  };
}
