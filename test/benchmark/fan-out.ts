import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/storage/open.ts';
import { startAzurite } from '../azurite.ts';
import { type Bench, type BenchCase, commandOf, result } from './cases.ts';
import { LAST_HOUR, makeData } from './data.ts';
import { type Measured, measureAsync } from './measure.ts';

const COORDINATOR = fileURLToPath(new URL('./fan-out-coordinator.ts', import.meta.url));
const WIDE = { numeric: 45, categorical: 5 };

/** What the coordinator prints. */
export interface Coordinated {
  /** Of its own, without what the workers took. */
  readonly seconds: number;
  readonly shards: number;
  /** Largest: what the process that started it held does not count. */
  readonly rssMib: number;
  /** The report without `run`. */
  readonly report: string;
}

/** A coordinator with 10,000 shards, whose workers only write parts; and one of eight real shards in Azurite. */
export const fanOut: BenchCase = {
  name: 'fan-out',
  async run(bench: Bench) {
    const root = join(bench.folder, 'fan-out');
    const rows = Math.max(20_000, 400_000 / bench.scale);
    await makeData(root, { ...WIDE, rows, hours: 1, trainingRows: 100_000 });
    await measureAsync(commandOf(`file:${root}`, 'baseline', 'generate'), {});
    // Whose stored profile the simulated workers write as theirs.
    const at = new Date(LAST_HOUR).toISOString();
    await measureAsync(commandOf(`file:${root}`, 'detect', '--at', at, '--window-hours', '1'), {});
    const shards = Math.round(10_000 / bench.scale);
    const simulated = await coordinate([`file:${root}`, 'simulated', String(shards), '24'], {});
    bench.report(lineOf(`coordinator, ${simulated.coordinated.shards} simulated shards`, simulated));
    await eight(bench);
  },
};

async function eight(bench: Bench): Promise<void> {
  const root = join(bench.folder, 'eight-shards');
  const rows = 10_000_000 / bench.scale;
  await makeData(root, { ...WIDE, rows, hours: 4, trainingRows: 100_000 });
  const azurite = await startAzurite();
  try {
    const env = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    const url = azurite.url('bench');
    const store = await openStore(url, { env });
    let bytes = 0;
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.parquet')) continue;
      const content = readFileSync(join(root, file));
      if (file.startsWith('inference-logs')) bytes += content.length;
      await store.put(file, content);
    }
    await measureAsync(commandOf(url, 'baseline', 'generate'), env);
    const shared = await coordinate([url, String(Math.ceil(bytes / 7)), '8', '4'], env);
    const at = new Date(LAST_HOUR).toISOString();
    const local = await measureAsync(
      commandOf(url, 'detect', '--at', at, '--window-hours', '4', '--no-cache', '--json'),
      env,
    );
    const { run: _, ...report } = JSON.parse(local.stdout);
    const same = JSON.stringify(report) === shared.coordinated.report;
    const note = `${shared.coordinated.shards} shards of ${(rows / 1e6).toFixed(1)}M × 50, ${same ? 'the bytes of' : 'NOT AS'} one process`;
    bench.report(lineOf('coordinator, real shards, Azurite', shared, note));
  } finally {
    await azurite.stop();
  }
}

async function coordinate(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly measured: Measured; readonly coordinated: Coordinated }> {
  const measured = await measureAsync([COORDINATOR, ...args], env);
  return { measured, coordinated: JSON.parse(measured.stdout) };
}

function lineOf(
  name: string,
  { measured, coordinated }: { readonly measured: Measured; readonly coordinated: Coordinated },
  note = 'seconds of its own, without the workers',
) {
  return result(name, { ...measured, seconds: coordinated.seconds, rssMib: coordinated.rssMib }, { note });
}
