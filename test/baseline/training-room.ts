import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeBaseline } from '../../src/baseline/baseline.ts';
import { generateBaseline } from '../../src/baseline/generate.ts';
import type { StoredBaseline, StoredColumn } from '../../src/baseline/schema.ts';
import type { TrainingSource } from '../../src/baseline/training-files.ts';
import { type ColumnSettings, settingsSchema } from '../../src/config/settings.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';

/** Training files by name, and what `generateBaseline` makes of them. */
export async function trainOn(
  files: Readonly<Record<string, Uint8Array | string>>,
  {
    columns = {},
    now = 0,
    threads = 2,
  }: { columns?: Record<string, ColumnSettings>; now?: number; threads?: number } = {},
): Promise<StoredBaseline> {
  const directory = await mkdtemp(join(tmpdir(), 'training-room-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), content);
    }
    const store = new DirectoryStore(directory);
    const sources: TrainingSource[] = [];
    for await (const object of store.list('')) sources.push({ name: object.key, store, object });
    const baseline = await generateBaseline({
      model: { name: 'm', version: 'v1' },
      sources,
      settings: settingsSchema.parse({}),
      columns,
      workers: threads,
      now: () => new Date(now),
      onProgress: () => undefined,
    });
    return encodeBaseline(baseline);
  } finally {
    await rm(directory, { recursive: true });
  }
}

export function columnNamed(baseline: StoredBaseline, name: string): StoredColumn {
  const column = baseline.columns.find((candidate) => candidate.name === name);
  if (column === undefined)
    throw new Error(`no column ${name} in ${baseline.columns.map((one) => one.name).join(', ')}`);
  return column;
}

/** Type of each watched column, and why the others are left out. */
export function understood({ columns, leftOut }: StoredBaseline): Record<string, string> {
  const watched = columns.map(({ name, type }) => [name, type] as const);
  return Object.fromEntries([...watched, ...leftOut.map(({ name, reason }) => [name, reason] as const)]);
}
