/** Makes and writes one page with the built program's renderer, and prints how many milliseconds that took. */
import { writeFileSync } from 'node:fs';
import { aHistory, aWideReport } from '../report/html/wide-report.ts';

const [file = '', ...sizes] = process.argv.slice(2);
const [features = 0, drifted = 0, minor = 0] = sizes.map(Number);
const report = aWideReport({ features, drifted, minor });
const history = aHistory(report);
const started = performance.now();
const path = new URL('../../dist/report/html/render.js', import.meta.url).href;
const { renderReport }: typeof import('../../src/report/html/render.ts') = await import(path);
writeFileSync(file, renderReport(report, { history }));
console.log(performance.now() - started);
