import type { Counted, CountPool, CountTask } from './count-pool.ts';

type Columns = Extract<Counted, { rows: number }>['columns'];

/** Counts the `width` columns of a set in a file in `shares` groups at once. */
export async function countShared(
  pool: CountPool,
  task: Omit<CountTask, 'counts'>,
  set: number,
  width: number,
  shares: number,
): Promise<Counted> {
  const groups = Array.from({ length: shares }, (_, share) =>
    Array.from({ length: width }, (_, column) => column).filter((column) => column % shares === share),
  ).filter((columns) => columns.length > 0);
  if (groups.length > 1) {
    const parts = await Promise.all(
      groups.map(async (columns) => ({
        columns,
        counted: await countOne(pool, { ...task, counts: [{ set, columns }] }),
      })),
    );
    const joined = join(width, parts);
    if (joined !== undefined) return joined;
  }
  // What is said of a file that cannot be read must not depend on how it was shared out.
  return await countOne(pool, { ...task, counts: [{ set, columns: undefined }] });
}

async function countOne(pool: CountPool, task: CountTask): Promise<Counted> {
  const [counted] = await pool.count(task);
  return counted ?? { cause: 'no worker has counted it' };
}

/** The groups of columns of one file as one; undefined where one of them could not be read. */
function join(
  width: number,
  parts: readonly { readonly columns: readonly number[]; readonly counted: Counted }[],
): Counted | undefined {
  const columns: (Columns[number] | undefined)[] = Array.from({ length: width });
  let first: Extract<Counted, { rows: number }> | undefined;
  for (const { columns: positions, counted } of parts) {
    if ('cause' in counted || counted.unreadable.length > 0) return undefined;
    first ??= counted;
    for (const [index, position] of positions.entries()) columns[position] = counted.columns[index];
  }
  const complete = columns.filter((column) => column !== undefined);
  return first === undefined || complete.length !== width ? undefined : { ...first, columns: complete };
}
