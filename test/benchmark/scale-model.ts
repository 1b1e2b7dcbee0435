/**
 * What logs of 1 to 10,000 nodes cost, where each node writes one file an hour: `npm run bench -- scale-model [--quick] [--json]`.
 * The hourly run is measured at a few small sizes, against a storage in this process that answers at once; straight lines
 * through these are the model, and a run at the largest size (not with --quick) tells whether they hold. They do for time,
 * requests and bytes; memory grows more slowly than its line, much of which is garbage that has not been collected yet.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { partitionPrefix } from '../../src/inference-log/partitions.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { baselineKey, DEFAULT_LOG_TEMPLATE, parseHourProfileKey } from '../../src/storage/layout.ts';
import { args, commandOf, WIDE } from './cases.ts';
import { LAST_HOUR, makeData } from './data.ts';
import { type ManyNodes, type Requests, startManyNodes } from './many-nodes.ts';
import { type Measured, measure, measureAsync } from './measure.ts';

const MODEL = { name: 'm', version: 'v1' };
const WINDOW_HOURS = 24;
const ROWS_A_FILE = 100;
const FITTED = [1, 250, 1000];
const LARGEST = 10_000;
const SIZES = [1, 10, 100, 1000, LARGEST];

/** What the model assumes, and nobody has measured here: put your own. */
export const ASSUMED = {
  /** US dollars for 10,000 operations, block blobs in the hot tier. */
  dollarsFor10kReads: 0.004,
  dollarsFor10kWritesAndLists: 0.05,
  runsAMonth: 730,
  /** Milliseconds that the storage takes to answer. */
  millisecondsARead: 10,
  millisecondsAPage: 50,
} as const;

/** One hourly run: all hours but the last are kept. */
export interface HourlyRun {
  readonly nodes: number;
  readonly requests: Requests;
  /** Of the profile of one hour, as stored. */
  readonly profileBytes: number;
  /** `detect --explain`: listing, ledgers, plan. It is also what a coordinator does before it fans out. */
  readonly plan: Usage;
  /** The whole of `detect`, which reads the last hour by itself. */
  readonly detect: Usage;
}

/** Of the processor, without waiting for the storage; and the largest resident set. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMib: number;
}

export interface ScaleModel {
  readonly node: string;
  readonly machine: string;
  readonly assumed: typeof ASSUMED;
  readonly fileBytes: number;
  readonly fitted: readonly HourlyRun[];
  readonly predicted: readonly (HourlyRun & Costs)[];
  /** Of the largest size; undefined with `quick`. */
  readonly measured: (HourlyRun & Costs) | undefined;
}

interface Costs {
  /** Work and waiting, one after the other: an upper bound. */
  readonly seconds: number;
  /** The first run, which reads all hours. */
  readonly coldSeconds: number;
  readonly dollarsAMonth: number;
}

export async function measureScale({ quick }: { readonly quick: boolean }): Promise<ScaleModel> {
  const folder = mkdtempSync(join(tmpdir(), 'drift-scale-'));
  const storage = await startManyNodes();
  try {
    const { hourOfTraffic, fileOfNode } = await prepare(folder, storage);
    storage.logs = { nodes: 1, file: hourOfTraffic };
    await detectIn(storage);
    const template = new Map([...storage.objects].filter(([key]) => key.startsWith('profiles/')));
    const at = async (nodes: number) => {
      storage.logs = { nodes, file: fileOfNode };
      return await hourlyRun(storage, template, nodes);
    };
    const fitted: HourlyRun[] = [];
    for (const nodes of FITTED) fitted.push(await at(nodes));
    const predicted = SIZES.map((nodes) => predict(fitted, nodes));
    const largest = quick ? undefined : await at(LARGEST);
    const measured = largest && { ...largest, ...costs(largest, secondsAFile(fitted)) };
    const { version, arch } = process;
    const machine = `${cpus().length} × ${cpus()[0]?.model.trim()} (${arch})`;
    return { node: version, machine, assumed: ASSUMED, fileBytes: fileOfNode.length, fitted, predicted, measured };
  } finally {
    storage.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A baseline in the storage, and two log files: one that fills the grids as an hour's traffic does, and one of a node. */
async function prepare(folder: string, storage: ManyNodes) {
  const [hour, node] = [join(folder, 'hour'), join(folder, 'node')];
  await makeData(hour, { ...WIDE, rows: 20_000, hours: 1, trainingRows: 20_000 });
  await makeData(node, { ...WIDE, rows: ROWS_A_FILE, hours: 1, trainingRows: 1000 });
  measure(args(hour, 'baseline', 'generate'), 1);
  const key = baselineKey(MODEL);
  storage.objects.set(key, readFileSync(join(hour, key)));
  const logOf = (root: string) => readFileSync(join(root, partition(LAST_HOUR), 'part-0.parquet'));
  return { hourOfTraffic: logOf(hour), fileOfNode: logOf(node) };
}

function partition(hour: number): string {
  return partitionPrefix(DEFAULT_LOG_TEMPLATE, hour, MODEL);
}

async function detectIn({ url, connectionString }: ManyNodes, ...options: string[]): Promise<Measured> {
  const window = ['--at', new Date(LAST_HOUR).toISOString(), '--window-hours', String(WINDOW_HOURS)];
  return await measureAsync(commandOf(url, 'detect', ...window, ...options), {
    AZURE_STORAGE_CONNECTION_STRING: connectionString,
  });
}

async function hourlyRun(
  storage: ManyNodes,
  template: ReadonlyMap<string, Uint8Array>,
  nodes: number,
): Promise<HourlyRun> {
  let last = '';
  for (const [key, bytes] of template) {
    const hour = parseHourProfileKey(key)?.hour ?? Number.NaN;
    if (hour === LAST_HOUR) last = key;
    else storage.objects.set(key, await withLedger(bytes, storage, hour));
  }
  storage.objects.delete(last);
  const plan = await detectIn(storage, '--explain');
  storage.takeRequests();
  const detect = await detectIn(storage);
  const requests = storage.takeRequests();
  const oneBefore = [...template.keys()].find((key) => parseHourProfileKey(key)?.hour === LAST_HOUR - HOUR_MS) ?? '';
  return { nodes, requests, profileBytes: storage.objects.get(oneBefore)?.length ?? 0, plan, detect };
}

const decompress = promisify(gunzip);
const compress = promisify(gzip);

/** The stored profile as it would be had it counted the files that are there now. */
async function withLedger(bytes: Uint8Array, storage: ManyNodes, hour: number): Promise<Uint8Array> {
  const stored = JSON.parse((await decompress(bytes)).toString('utf8'));
  const files = storage.entries(partition(hour)).map((entry) => ({ ...entry, rows: ROWS_A_FILE }));
  return await compress(JSON.stringify({ ...stored, files }));
}

/** Least squares. */
function lineThrough(fitted: readonly HourlyRun[], figure: (run: HourlyRun) => number): (nodes: number) => number {
  const mean = (of: (run: HourlyRun) => number) => fitted.reduce((sum, run) => sum + of(run), 0) / fitted.length;
  const [x, y] = [mean(({ nodes }) => nodes), mean(figure)];
  const slope = mean((run) => (run.nodes - x) * (figure(run) - y)) / mean((run) => (run.nodes - x) ** 2);
  return (nodes) => y + slope * (nodes - x);
}

function predict(fitted: readonly HourlyRun[], nodes: number): HourlyRun & Costs {
  const at = (figure: (run: HourlyRun) => number) => lineThrough(fitted, figure)(nodes);
  const usage = (of: (run: HourlyRun) => Usage): Usage => ({
    cpuSeconds: at((run) => of(run).cpuSeconds),
    rssMib: at((run) => of(run).rssMib),
  });
  const [smallest] = fitted;
  if (smallest === undefined) throw new Error('nothing was measured');
  // Beside pages and files, the requests of a run are the same at any size; a page holds 1,000 keys.
  const lists = WINDOW_HOURS * Math.max(1, Math.ceil(nodes / 1000));
  const run: HourlyRun = {
    nodes,
    requests: { ...smallest.requests, lists, logReads: nodes },
    profileBytes: at(({ profileBytes }) => profileBytes),
    plan: usage(({ plan }) => plan),
    detect: usage(({ detect }) => detect),
  };
  return { ...run, ...costs(run, secondsAFile(fitted)) };
}

/** Of the processor, to fetch and count a small file. */
function secondsAFile(fitted: readonly HourlyRun[]): number {
  const line = lineThrough(fitted, ({ detect, plan }) => detect.cpuSeconds - plan.cpuSeconds);
  return line(1) - line(0);
}

/** Pages of 16 hours are asked for at once, one after the other in each; files 32 at once on two processors. */
const HOURS_AT_ONCE = 16;
const FILES_AT_ONCE = 32;

function costs({ nodes, requests, detect }: HourlyRun, secondsOfFile: number): Costs {
  const { lists, logReads, profileReads, otherReads, writes } = requests;
  const { runsAMonth, dollarsFor10kReads, dollarsFor10kWritesAndLists, millisecondsAPage, millisecondsARead } = ASSUMED;
  const waiting = (files: number) => {
    const pages = (lists / WINDOW_HOURS) * Math.ceil(WINDOW_HOURS / HOURS_AT_ONCE) * millisecondsAPage;
    const others = Math.ceil(profileReads / HOURS_AT_ONCE) + otherReads + writes;
    return (pages + (Math.ceil(files / FILES_AT_ONCE) + others) * millisecondsARead) / 1000;
  };
  const others = nodes * (WINDOW_HOURS - 1);
  const dollars =
    (logReads + profileReads + otherReads) * dollarsFor10kReads + (lists + writes) * dollarsFor10kWritesAndLists;
  return {
    seconds: detect.cpuSeconds + waiting(nodes),
    coldSeconds: detect.cpuSeconds + others * secondsOfFile + waiting(nodes * WINDOW_HOURS),
    dollarsAMonth: (dollars / 10_000) * runsAMonth,
  };
}

export function print({ node, machine, fileBytes, fitted, predicted, measured }: ScaleModel): void {
  const kib = (fileBytes / 1024).toFixed(0);
  console.log(`${machine}, Node.js ${node}; ${ROWS_A_FILE} rows × 50 columns, ${kib} KiB a file; 24 h, one model`);
  console.log(`Assumed: ${JSON.stringify(ASSUMED)}\n`);
  const line = lineThrough(fitted, ({ plan }) => plan.cpuSeconds);
  const bytes = lineThrough(fitted, ({ profileBytes }) => profileBytes);
  console.log(
    `A key of the window: ${(((line(1) - line(0)) / WINDOW_HOURS) * 1e6).toFixed(0)} µs of CPU to list and plan`,
  );
  console.log(`A file: ${(secondsAFile(fitted) * 1000).toFixed(2)} ms of CPU to fetch and count`);
  console.log(
    `A file: ${(bytes(1) - bytes(0)).toFixed(0)} bytes in the profile of its hour, ${bytes(0).toFixed(0)} without any\n`,
  );
  console.log(
    'nodes    pages  reads  writes  profile KiB  plan CPU s  RSS MiB  run CPU s  RSS MiB  run s  first run s  $ a month',
  );
  for (const run of fitted) console.log(row(run, 'measured'));
  for (const run of predicted) console.log(row(run, 'predicted'));
  if (measured !== undefined) console.log(row(measured, 'measured'));
  console.log('\nMemory that is predicted is an upper bound.');
}

function row(run: HourlyRun & Partial<Costs>, what: string): string {
  const { nodes, requests, profileBytes, plan, detect, seconds, coldSeconds, dollarsAMonth } = run;
  const { lists, logReads, profileReads, otherReads, writes } = requests;
  const figure = (value: number | undefined, width: number, digits = 0) =>
    (value === undefined ? '' : value.toFixed(digits)).padStart(width);
  return [
    String(nodes).padEnd(6),
    figure(lists, 6),
    figure(logReads + profileReads + otherReads, 5),
    figure(writes, 6),
    figure(profileBytes / 1024, 11),
    figure(plan.cpuSeconds, 10, 2),
    figure(plan.rssMib, 7),
    figure(detect.cpuSeconds, 9, 2),
    figure(detect.rssMib, 7),
    figure(seconds, 5, 1),
    figure(coldSeconds, 11),
    figure(dollarsAMonth, 9, 2),
    what,
  ].join('  ');
}
