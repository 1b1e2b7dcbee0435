import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historyLine } from '../../src/report/history-line.ts';
import { saveReport } from '../../src/report/store.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { aFeature, anAlert, aReport } from '../report/a-report.ts';
import { drift } from './built-program.ts';

const NOON = '2025-12-24T12:00:00.000Z';
const ONE = '2025-12-24T13:00:00.000Z';
const KEY = 'drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.json';

const quiet = aReport(NOON, { features: [aFeature('age', 'none'), aFeature('plan', 'minor')] });
const drifted = aReport(ONE, {
  status: 'drift',
  driftDetected: true,
  driftScore: 0.25,
  features: [aFeature('age', 'drift'), aFeature('plan', 'minor')],
  alerts: [anAlert('a'.repeat(16))],
});
const minor = aReport(ONE, {
  model: { name: 'churn', version: 'v2' },
  features: [aFeature('age', 'minor'), aFeature('plan', 'minor')],
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-command-'));
  const store = new DirectoryStore(join(folder, 'storage'));
  for (const report of [quiet, drifted, minor]) await saveReport(store, report);
  await writeFile(join(folder, 'before.json'), JSON.stringify(quiet));
  const features = [aFeature('age', 'insufficient-data'), aFeature('plan', 'minor')];
  await writeFile(join(folder, 'few.json'), JSON.stringify({ ...drifted, features }));
  await writeFile(join(folder, 'broken.json'), JSON.stringify({ ...quiet, rows: -1 }));
  await writeFile(join(folder, 'package.json'), '{"name":"x"}');
  await writeFile(join(folder, 'list.json'), JSON.stringify([quiet]));
  await writeFile(join(folder, 'text.json'), 'age,plan');
});
afterAll(() => rm(folder, { recursive: true }));

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return drift([...args, '--storage-url', `file:${folder}/storage`], { cwd: folder, env });
}

const SHOW = ['report', 'show', '--model-name', 'churn', '--model-version', 'v1'];

describe('report show', () => {
  test('--html writes a page that needs nothing else', async () => {
    const { code, stdout } = await run([...SHOW, '--html', 'page.html']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Page: ${join(folder, 'page.html')}\n` });
    const page = await readFile(join(folder, 'page.html'), 'utf8');
    expect(page).toContain('1 of 2 features drifted: <bdi>age</bdi>.');
  });

  test('--html where nothing can be written is an error that names the place', async () => {
    const { code, stderr } = await run([...SHOW, '--html', 'no/such/folder/page.html']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the page cannot be written: .*no\/such\/folder/);
  });

  test('--open shows it in the browser, from a file of its own', async () => {
    const opened = join(folder, 'opened');
    const browser = join(folder, 'browser');
    await writeFile(browser, `#!/bin/sh\necho "$1" > ${opened}.new && mv ${opened}.new ${opened}\n`);
    await chmod(browser, 0o755);
    const { code, stdout } = await run([...SHOW, '--open'], { BROWSER: browser, TMPDIR: folder });
    expect(code).toBe(0);
    const file = stdout.trim().replace('Page: ', '');
    expect(file).toMatch(/churn-v1-2025-12-24T13\.html$/);
    await expect.poll(() => readFile(opened, 'utf8').catch(() => ''), { timeout: 10_000 }).toContain(file);
  });

  test('--open without any browser says so, and where the page is', async () => {
    const { code, stderr } = await run([...SHOW, '--open'], { BROWSER: join(folder, 'no-browser'), TMPDIR: folder });
    expect(stderr).toMatch(/churn-v1-2025-12-24T13\.html is written, and no browser could be opened/);
    expect(code).toBe(1);
  });

  test('--format markdown and junit are for pull requests and CI', async () => {
    const markdown = await run([...SHOW, '--format', 'markdown']);
    expect(markdown.stdout).toContain('| `age` | feature | **drift** |');
    const junit = await run([...SHOW, '--format', 'junit']);
    expect(junit.stdout).toMatch(/^<\?xml version="1\.0".*\n<testsuites name="drift-monitor" tests="2" failures="1"/);
    const json = await run([...SHOW, '--format', 'json']);
    expect(JSON.parse(json.stdout)).toEqual(drifted);
  });

  test('what excludes each other is refused', async () => {
    const { code, stderr } = await run([...SHOW, '--json', '--details', '--format', 'yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('--format yaml: must be one of text, json, markdown, junit');
    expect(stderr).toContain('--format and --json and --details exclude each other');
  });
});

test('report list counts features, outputs and embeddings that drifted, as history does', async () => {
  const output = { ...aFeature('prediction', 'drift'), role: 'prediction' as const };
  const report = aReport(NOON, {
    model: { name: 'listed', version: 'v1' },
    status: 'drift',
    features: [aFeature('age', 'none')],
    outputs: [output],
  });
  await saveReport(new DirectoryStore(join(folder, 'storage')), report);
  const list = ['report', 'list', '--model-name', 'listed'];
  expect((await run(list)).stdout).toMatch(/^2025-12-24T11h +v1 +Drift .* 1 of 2 +0$/m);
  expect(JSON.parse((await run([...list, '--json'])).stdout)).toMatchObject([{ drifted: 1, signals: 2 }]);
  expect(historyLine(report)).toMatchObject({ drift: 1, signals: 2 });
});

describe('report diff', () => {
  const diff = (...args: string[]) => run(['report', 'diff', ...args]);
  const NAME = ['--model-name', 'churn', '--model-version', 'v1'];

  test('of two hours names what newly drifted', async () => {
    const { code, stdout } = await diff('2025-12-24T11:59:00Z', 'latest', ...NAME);
    expect(code).toBe(0);
    expect(stdout).toBe(`Model:       churn v1
Window:      2025-12-24 11:00 – 2025-12-24 12:00 → 2025-12-24 12:00 – 2025-12-24 13:00
Status:      No drift → Drift
Drift score: 0.0 % → 25.0 %
Rows:        112 → 112

Change         Kind     Name  Verdict               PSI        Distance
newly drifted  feature  age   unremarkable → drift  0.3 → 0.3  0.3 → 0.3

1 newly drifted.
`);
  });

  test.each([
    ['a key and an instant', [KEY, '2025-12-24T12:00:00Z', ...NAME]],
    ['a file and a version', ['before.json', 'churn/v1']],
    ['versions at instants', ['churn/v1@2025-12-24T11:00:00Z', 'churn/v1@2025-12-24T12:00:00Z']],
  ])('takes %s', async (_, args) => {
    const { code, stdout } = await diff(...args, '--format', 'json');
    expect(code).toBe(0);
    const { before, after, signals } = JSON.parse(stdout);
    expect([before.window.to, after.window.to]).toEqual([NOON, ONE]);
    expect(signals).toMatchObject([
      { name: 'age', change: 'drifted', verdict: { before: 'none', after: 'drift' } },
      { name: 'plan', change: 'same' },
    ]);
  });

  test('takes the key of the latest report', async () => {
    const { stdout } = await diff('before.json', 'drift-reports/churn/latest.json', '--format', 'json');
    expect(JSON.parse(stdout).after.window.to).toBe(ONE);
  });

  test('of two versions, as Markdown', async () => {
    const { stdout } = await diff('churn/v1', 'churn/v2', '--format', 'markdown');
    expect(stdout).toContain('### Drift: 1 milder.\n\nModel: churn v1 → churn v2');
  });

  test.each([
    ['drift, and something newly drifted', ['churn/v2', 'churn/v1', '--fail-on', 'drift'], 3],
    ['drift, and something became milder', ['churn/v1', 'churn/v2', '--fail-on', 'drift'], 0],
    ['drift, and something became minor', ['before.json', 'churn/v2', '--fail-on', 'drift'], 0],
    ['minor, and something became minor', ['before.json', 'churn/v2', '--fail-on', 'minor'], 3],
    ['drift, and something is no longer judged', ['churn/v1', 'few.json', '--fail-on', 'drift'], 0],
    [
      'insufficient-data, and something is no longer judged',
      ['churn/v1', 'few.json', '--fail-on', 'drift', '--fail-on', 'insufficient-data'],
      3,
    ],
  ])('--fail-on %s', async (_, args, code) => {
    expect((await diff(...args)).code).toBe(code);
  });

  test.each([
    ['one report only', ['latest'], 2, /missing required argument 'after'/],
    ['no name of a report', ['yesterday', 'latest', ...NAME], 2, /yesterday: must be an instant such as/],
    ['no model', ['latest', 'latest'], 2, /no model named/],
    ['a file that is not there', ['a.json', 'b.json'], 1, /there is no file a\.json/],
    ['a file that is no report', ['broken.json', 'before.json'], 1, /the report broken\.json is not one/],
    [
      'a file of something else',
      ['package.json', 'before.json'],
      1,
      /package\.json is no report of drift-monitor: it has/,
    ],
    ['a list of reports', ['list.json', 'before.json'], 1, /list\.json is no report .* a list/],
    ['a file that is no JSON', ['text.json', 'before.json'], 1, /text\.json is no report .* no JSON/],
    ['an hour without a report', ['1999-01-01T00:00:00Z', 'latest', ...NAME], 1, /there is no report .*1999/],
    ['another format', ['latest', 'latest', ...NAME, '--format', 'junit'], 2, /--format junit: must be one of text/],
  ])('with %s ends with what to do', async (_, args, code, problem) => {
    const finished = await diff(...args);
    expect(finished.stderr).toMatch(problem);
    expect(finished).toMatchObject({ code, stdout: '' });
  });
});

describe('report list', () => {
  test('has the words and counts of the reports, and no score where nothing was judged', async () => {
    const store = new DirectoryStore(join(folder, 'listed'));
    const late = '2025-12-24T14:00:00.000Z';
    const none = aReport(late, { status: 'no-data', rows: 0 });
    const open = { id: 'b'.repeat(16), state: 'open', since: NOON, severity: 'CRITICAL', change: null } as const;
    await saveReport(store, drifted);
    await saveReport(store, { ...none, run: { ...none.run, alerts: [open] } });
    const { stdout } = await drift(
      ['report', 'list', '--model-name', 'churn', '--storage-url', `file:${folder}/listed`],
      { cwd: folder },
    );
    const cells = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(cells).toEqual([
      ['Last hour', 'Version', 'Status', 'Score', 'Rows', 'Drifted', 'Alerts'],
      ['2025-12-24T12h', 'v1', 'Drift', '25.0 %', '112', '1 of 2', '1'],
      ['2025-12-24T13h', 'v1', 'No data', '–', '0', '0 of 0', '1'],
    ]);
  });
});
