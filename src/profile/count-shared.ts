import { COLUMNS_AT_ONCE } from '../scan/scan-file.ts';
import type { Counted, CountPool, CountTask } from './count-pool.ts';

type Complete = Extract<Counted, { rows: number }>;

/** Counts the `width` columns of a set in a file, in groups that keep `workers` busy and that a scan takes at once. */
export async function countShared(
  pool: CountPool,
  task: Omit<CountTask, 'columns'>,
  width: number,
  workers: number,
): Promise<Counted> {
  const fewest = Math.max(1, Math.ceil(width / COLUMNS_AT_ONCE));
  const counted = await countInGroups(pool, task, width, Math.max(workers, fewest));
  const isClean = !('cause' in counted) && counted.unreadable.length === 0;
  // What is said of a file that cannot be read must not depend on how many workers shared it.
  return isClean || workers <= fewest ? counted : await countInGroups(pool, task, width, fewest);
}

async function countInGroups(
  pool: CountPool,
  task: Omit<CountTask, 'columns'>,
  width: number,
  groups: number,
): Promise<Counted> {
  const all = Array.from({ length: width }, (_, column) => column);
  const parts = await Promise.all(
    Array.from({ length: groups }, async (_, group) => {
      const columns = all.filter((column) => column % groups === group);
      return { columns, counted: await pool.count({ ...task, columns }) };
    }),
  );
  return join(width, parts);
}

/** The groups of columns of one file as one. */
function join(
  width: number,
  parts: readonly { readonly columns: readonly number[]; readonly counted: Counted }[],
): Counted {
  const columns: (Complete['columns'][number] | undefined)[] = Array.from({ length: width });
  const complete: Complete[] = [];
  for (const { columns: positions, counted } of parts) {
    if ('cause' in counted) return counted;
    complete.push(counted);
    for (const [index, position] of positions.entries()) columns[position] = counted.columns[index];
  }
  return {
    rows: complete[0]?.rows ?? 0,
    seen: complete[0]?.seen ?? [],
    columns: columns.filter((column) => column !== undefined),
    unreadable: complete.flatMap(({ unreadable }) => unreadable),
  };
}
