/**
 * Measures what the README promises: `npm run bench [-- CASE …] [--json] [--runs N] [--scale N]`. Makes its data in the
 * system's temporary directory and removes it. `npm run bench -- calibration [--quick]` measures false alarms and power instead,
 * `npm run bench -- embedding-calibration [--quick]` those of embeddings,
 * `npm run bench -- scale-model [--quick]` what logs of up to 10,000 nodes cost.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AZURITE_CASES } from './azurite-cases.ts';
import { type BenchCase, CASES, type Result } from './cases.ts';
import { fanOut } from './fan-out.ts';
import { growth } from './growth.ts';
import { history } from './history.ts';
import { html } from './html.ts';
import { benchInferenceLogger } from './inference-logger.ts';
import { serveCase } from './serve.ts';
import { sizing } from './sizing.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  },
});
if (positionals[0] === 'calibration') {
  const { calibrate, print } = await import('./calibration.ts');
  const calibration = calibrate({ quick: values.quick });
  if (values.json) console.log(JSON.stringify(calibration, null, 2));
  else print(calibration);
  process.exit();
}
if (positionals[0] === 'embedding-calibration') {
  const { calibrateEmbeddings, print } = await import('./embedding-calibration.ts');
  const calibration = calibrateEmbeddings({ quick: values.quick });
  if (values.json) console.log(JSON.stringify(calibration, null, 2));
  else print(calibration);
  process.exit();
}
if (positionals[0] === 'scale-model') {
  const { measureScale, print } = await import('./scale-model.ts');
  const model = await measureScale({ quick: values.quick });
  if (values.json) console.log(JSON.stringify(model, null, 2));
  else print(model);
  process.exit();
}
const logger: BenchCase = {
  name: 'logger',
  async run({ report: print }) {
    const { rowsPerSecond, p99Ms, seconds } = await benchInferenceLogger();
    const note = `${Math.round(rowsPerSecond)} rows/s, event loop delay p99 ${p99Ms.toFixed(1)} ms`;
    print({ name: 'inference logger, 50 features', seconds, cpuSeconds: Number.NaN, rssMib: Number.NaN, note });
  },
};
const cases = [...CASES, html, growth, sizing, ...AZURITE_CASES, fanOut, history, logger, serveCase];
const known = cases.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`bench: no case ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exit(2);
}

const results: Result[] = [];
const report = (result: Result) => {
  results.push(result);
  if (!values.json) console.log(row(result));
};
if (!values.json) console.log(['case'.padEnd(40), 'seconds', '    CPU', 'RSS MiB', 'M values/s', '× bound'].join('  '));
for (const benchCase of cases) {
  if (positionals.length > 0 && !positionals.includes(benchCase.name)) continue;
  const folder = mkdtempSync(join(tmpdir(), 'drift-bench-'));
  try {
    await benchCase.run({ folder, runs: Number(values.runs), scale: Number(values.scale), report });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (values.json) console.log(JSON.stringify({ node: process.version, results }, null, 2));

function row({ name, seconds, cpuSeconds, rssMib, valuesPerSecond, ratio, note }: Result): string {
  const figure = (value: number | undefined, digits: number, width: number) =>
    (value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits)).padStart(width);
  return [
    name.padEnd(40),
    figure(seconds, 2, 7),
    figure(cpuSeconds, 2, 7),
    figure(rssMib, 0, 7),
    figure(valuesPerSecond === undefined ? undefined : valuesPerSecond / 1e6, 1, 10),
    figure(ratio, 2, 7),
    note ?? '',
  ].join('  ');
}
