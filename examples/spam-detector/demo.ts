/**
 * The whole demo: prepares data, makes the baseline, judges the older mails alone and then the whole day.
 * The storage is DRIFT_STORAGE_URL, by default `file:./drift-data`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROW_NAME_COLUMN } from './spam-detector.ts';

const STORAGE_URL = process.env.DRIFT_STORAGE_URL ?? 'file:./drift-data';
const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const PREPARE = fileURLToPath(new URL('./prepare.ts', import.meta.url));
const MODEL = ['--model-name', 'spam-detector', '--model-version', 'v1', '--storage-url', STORAGE_URL];
const COPY = 'drift-data/azurite-report.json';

function run(script: string, args: readonly string[], show: 'show' | 'keep' = 'show'): string {
  const done = spawnSync(process.execPath, [script, ...args], {
    stdio: ['ignore', show === 'show' ? 'inherit' : 'pipe', 'inherit'],
    env: { ...process.env, DRIFT_ROW_NAME_COLUMN: ROW_NAME_COLUMN, MALLOC_ARENA_MAX: '2' },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (done.status !== 0) {
    process.stderr.write(`demo: ${script} ${args.join(' ')} failed\n`);
    process.exit(1);
  }
  return done.stdout ?? '';
}

function heading(text: string): void {
  console.log(`\n── ${text}\n`);
}

heading('A spam-detector is trained on older mails; a day of its predictions is logged');
run(PREPARE, ['--storage-url', STORAGE_URL]);

heading('baseline generate: the profile of its training data');
run(PROGRAM, ['baseline', 'generate', ...MODEL]);

heading('detect, hours 00–11: older mails that it was not trained on. Nothing has moved');
run(PROGRAM, ['detect', ...MODEL, '--at', '2025-12-24T11:30:00Z', '--window-hours', '12']);

const isHere = STORAGE_URL.startsWith('file:');
heading('detect, the whole day: from noon on the mails are later ones, and they are different');
console.log(`Look at the report afterwards: ${isHere ? `make view-metrics, or ${STORAGE_URL}` : COPY}\n`);
run(PROGRAM, ['detect', ...MODEL, '--at', '2025-12-24T23:30:00Z', '--window-hours', '24']);

if (!isHere) {
  // The emulator ends with the demo, the report is to stay.
  mkdirSync('drift-data', { recursive: true });
  writeFileSync(COPY, run(PROGRAM, ['report', 'show', '--json', ...MODEL], 'keep'));
}
