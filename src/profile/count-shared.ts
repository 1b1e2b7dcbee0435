import type { LocatedFile } from '../scan/locate-file.ts';
import { COLUMNS_AT_ONCE } from '../scan/scan-file.ts';
import { TOO_LITTLE_MEMORY } from '../scan/unreadable.ts';
import type { Counted, CountedFile, CountPool, CountTask } from './count-pool.ts';

/** Columns whose vectors and tables stay in a core's cache while they are counted: measured. */
const COLUMNS_IN_CACHE = 25;

/** Bytes of a row group's columns that a worker decodes from at once: DuckDB holds all of them until their last row. */
const ROW_GROUP_BYTES = 8 * 1024 * 1024;

/**
 * Groups of columns to count large files in: few enough columns in each, and as many groups for each worker, so that none waits
 * for another at the end.
 */
export function groupsFor(width: number, files: readonly LocatedFile[], workers: number): number {
  const rows = files.reduce((most, { rowGroupRows }) => rowGroupRows.reduce((a, b) => Math.max(a, b), most), 1);
  const columns = Math.max(
    1,
    Math.min(COLUMNS_IN_CACHE, Math.floor(ROW_GROUP_BYTES / (rows * Float64Array.BYTES_PER_ELEMENT))),
  );
  return workers * Math.max(1, Math.ceil(width / (workers * columns)));
}

/**
 * Counts the `width` columns of a set in files, in about so many groups of columns, none larger than a scan takes at once.
 * Where they need too much memory together, in smaller groups, in the end each column alone, and nothing beside it.
 */
export async function countShared(
  pool: CountPool,
  task: Omit<CountTask, 'columns'>,
  width: number,
  groups: number,
): Promise<Counted> {
  const fewest = Math.max(1, Math.ceil(width / COLUMNS_AT_ONCE));
  const counted = await countInGroups(pool, task, width, Math.max(groups, fewest));
  const isClean = counted.files.every((file) => !('cause' in file) && file.unreadable.length === 0);
  if (isClean) return counted;
  if (!lacksMemory(counted)) {
    // What is said of a file that cannot be read must not depend on how many workers there are.
    const together = groups <= fewest ? counted : await countInGroups(pool, task, width, fewest);
    if (!lacksMemory(together)) return together;
  }
  let best = counted;
  for (let parts = Math.max(groups, fewest); parts < width; ) {
    parts = Math.min(width, 4 * parts);
    const apart = await countInGroups(pool, task, width, parts);
    if (lost(apart) < lost(best)) best = apart;
    if (!lacksMemory(apart)) break;
  }
  if (!lacksMemory(best)) return best;
  const alone = await countInGroups(pool, { ...task, alone: true }, width, width);
  return lost(alone) < lost(best) ? alone : best;
}

/** How much of the files is not counted: a file weighs more than any number of columns. */
function lost({ files }: Counted): number {
  return files.reduce((sum, file) => sum + ('cause' in file ? 1e6 : file.unreadable.length), 0);
}

function lacksMemory({ files }: Counted): boolean {
  const causes = files.flatMap((file) => ('cause' in file ? file.cause : file.unreadable.map(({ cause }) => cause)));
  return causes.includes(TOO_LITTLE_MEMORY);
}

async function countInGroups(
  pool: CountPool,
  task: Omit<CountTask, 'columns'>,
  width: number,
  groups: number,
): Promise<Counted> {
  const heavy = pool.heavyColumns(task.set, task.files);
  const isHeavy = new Set(heavy.flat());
  const light = Array.from({ length: width }, (_, column) => column).filter((column) => !isHeavy.has(column));
  const together = Array.from({ length: Math.min(groups, Math.max(1, width)) }, (_, group) => {
    return light.filter((__, index) => index % groups === group);
  }).filter((columns, group) => columns.length > 0 || (group === 0 && heavy.length === 0));
  const parts = await Promise.all([
    ...together.map(async (columns) => ({ columns, counted: await pool.count({ ...task, columns }) })),
    ...heavy.map(async (columns) => ({ columns, counted: await pool.count({ ...task, columns, alone: true }) })),
  ]);
  const joined = join(width, parts);
  // A file counts in all groups or in none.
  const isTorn = (file: number) =>
    'cause' in (joined.files[file] ?? {}) && parts.some(({ counted }) => isCounted(counted, file));
  const whole = task.files.filter((_, file) => !isTorn(file));
  if (whole.length === task.files.length) return joined;
  const again = await countInGroups(pool, { ...task, files: whole }, width, groups);
  const files = [...again.files];
  return { ...again, files: joined.files.flatMap((file, index) => (isTorn(index) ? [file] : (files.shift() ?? []))) };
}

function isCounted({ files }: Counted, index: number): boolean {
  const file = files[index];
  return file !== undefined && !('cause' in file);
}

/** The groups of columns as one. */
function join(
  width: number,
  parts: readonly { readonly columns: readonly number[]; readonly counted: Counted }[],
): Counted {
  const columns: (Counted['columns'][number] | undefined)[] = Array.from({ length: width });
  for (const { columns: positions, counted } of parts) {
    for (const [index, position] of positions.entries()) columns[position] = counted.columns[index];
  }
  const [first] = parts;
  const files = (first?.counted.files ?? []).map((_, file): CountedFile => {
    const all = parts.flatMap(({ counted }) => counted.files[file] ?? []);
    const failed = all.find((one) => 'cause' in one);
    if (failed !== undefined) return failed;
    const complete = all.flatMap((one) => ('cause' in one ? [] : [one]));
    const { rows, seen } = complete[0] ?? { rows: 0, seen: [] };
    return { rows, seen, unreadable: complete.flatMap(({ unreadable }) => unreadable) };
  });
  return { files, columns: columns.filter((column) => column !== undefined) };
}
