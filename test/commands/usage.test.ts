import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { drift } from './built-program.ts';

const NOWHERE = ['--storage-url', 'file:/nowhere/at/all', '--model-name', 'm', '--model-version', 'v1'];

test.each([
  ['a misspelt command', ['detec'], /unknown command 'detec'; did you mean detect\?/],
  ['a misspelt subcommand', ['baseline', 'genrate'], /unknown command 'genrate'; did you mean generate\?/],
  ['an option in front of the command', ['--json', 'detect'], /'--json'; options stand behind the command/],
  ['an option without its value', ['detect', '--at'], /--at <instant>.* argument missing/],
  ['an argument too many', ['detect', 'now', ...NOWHERE], /now: detect takes no such argument/],
  ['what stands behind --', ['detect', ...NOWHERE, '--', '--json'], /--json: detect takes no such argument/],
  ['a local time', ['detect', '--at', '2025-12-24T11:30:00', ...NOWHERE], /instant with its time zone/],
  ['a day that does not exist', ['detect', '--at', '2025-02-30T00:00:00Z', ...NOWHERE], /--at 2025-02-30T00:00:00Z/],
  [
    'an hour that is to come',
    ['detect', '--at', '2199-01-01T00:00:00Z', ...NOWHERE],
    /--at 2199-.*: lies in the future/,
  ],
  ['no model', ['detect'], /no model named: give --model-name/],
  ['days that are none', ['history', 'show', '--days', 'week', ...NOWHERE], /--days week: must be a whole number/],
  ['a format that is none', ['history', 'export', '--format', 'xlsx', ...NOWHERE], /must be one of csv, parquet/],
  ['no command', [], /Usage: drift-monitor/],
])('bad usage is exit code 2: %s', async (_, args, problem) => {
  const { code, stdout, stderr } = await drift(args);
  expect(stderr).toMatch(problem);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('all problems are told at once', async () => {
  const args = ['detect', '--fail-on', 'driift', '--at', 'noon', '--window-hours', '1d', '--fail-onn=drift'];
  const { code, stderr } = await drift(args, { env: { DRIFT_PSI_TRESHOLD: '0.1', DRIFT_MIN_SAMPLES: '0' } });
  expect(code).toBe(2);
  expect(stderr).toBe(`drift-monitor: 6 problems:
  --fail-onn: no such option of detect; did you mean --fail-on?
  --at noon: must be an instant with its time zone, such as 2025-12-24T11:30:00Z
  --fail-on driift: must be one of minor, drift, critical, insufficient-data, no-data
  DRIFT_PSI_TRESHOLD (environment): no such setting; did you mean DRIFT_PSI_THRESHOLD?
  --window-hours 1d: must be a whole number from 1 to 8784 (hours)
  DRIFT_MIN_SAMPLES=0 (environment): must be a whole number from 1 to 1000000000 (rows)
`);
});

test.each(
  [
    'baseline generate',
    'baseline list',
    'baseline show',
    'detect',
    'report show',
    'report list',
    'report diff',
    'config show',
    'shard',
  ]
    .concat(['job status', 'job trigger', 'job logs', 'job suspend', 'job resume'])
    .concat(['alerts list', 'alerts show', 'alerts ack', 'alerts silence', 'alerts test'])
    .concat(['retrain trigger', 'retrain history', 'serve'])
    .concat(['history show', 'history export'])
    .concat(['schema history', 'schema baseline', 'schema report', 'schema alert', 'schema config'])
    .map((command) => [command]),
)('%s --help explains itself within 90 columns, with examples', async (command) => {
  const { code, stdout } = await drift([...command.split(' '), '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: drift-monitor ${command}`);
  expect(stdout).toContain('--json');
  expect(stdout).toMatch(new RegExp(`Examples:\n(.*\n)*.*drift-monitor ${command}`));
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90);
});

test('config show says where each value came from, and no secret', async () => {
  const env = {
    DRIFT_STORAGE_URL: 'https://account.blob.core.windows.net/logs?sv=2025&sig=HIDDEN',
    AZURE_STORAGE_CONNECTION_STRING: 'AccountName=account;AccountKey=HIDDEN',
  };
  const json = await drift(['config', 'show', '--json', '--model-name', 'm'], { env });
  const settings: { name: string; value: unknown; origin: string }[] = JSON.parse(json.stdout);
  const shown = new Map(settings.map(({ name, value, origin }) => [name, [value, origin]]));
  expect(shown.get('modelName')).toEqual(['m', 'flag --model-name']);
  expect(shown.get('psiThreshold')).toEqual([0.2, 'default']);
  expect(shown.get('storageUrl')).toEqual([
    'https://account.blob.core.windows.net/logs?…',
    'environment DRIFT_STORAGE_URL',
  ]);
  const text = await drift(['config', 'show', '--log-level', 'debug'], { env });
  expect(text.stdout).toMatch(/^psiThreshold +0\.2 +default$/m);
  expect(json.stdout + json.stderr + text.stdout + text.stderr).not.toContain('HIDDEN');
  expect(text.stdout).not.toContain('\u001b');
});

test('a storage that refuses connections is one sentence with the host, and with --log-level debug the stack', async () => {
  const storage = 'http://127.0.0.1:1/account/container?sv=2025&sig=HIDDEN';
  const args = ['baseline', 'list', '--storage-url', storage];
  const [plain, debug] = await Promise.all([drift(args), drift([...args, '--log-level', 'debug'])]);
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toMatch(/^drift-monitor: .*127\.0\.0\.1:1 refuses connections.*\(ECONNREFUSED\)\n$/);
  expect(debug.stderr).toMatch(/\n {4}at .*\ncaused by RestError: .*\n {4}at /s);
  expect(plain.stderr + debug.stderr).not.toContain('HIDDEN');
});

test('a reader that closes the pipe early does not make the program fail', async () => {
  const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'schema', 'report'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
