import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recordHistory, recordOverview } from '../../src/report/record-history.ts';
import { saveReport } from '../../src/report/store.ts';
import { aFeature, aReport } from '../report/a-report.ts';
import { startServer } from './start-server.ts';

/** https://schemathesis.io, from PyPI. */
const PROGRAM = 'schemathesis';
const isThere = spawnSync(PROGRAM, ['--version']).error === undefined;
const CONFIG = 'models: [{ name: churn, version: v1 }]\nretraining: { http: { url: https://trainer.example/jobs } }\n';

interface Document {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { operationId: string; security?: unknown[]; responses: Record<string, unknown> }>
  >;
}

test('the description is OpenAPI 3.1, with an id for each operation and each refusal that all of its kind have', async () => {
  const server = await startServer();
  try {
    const document = (await server.ask('/openapi.json')).json<Document & Record<string, unknown>>();
    expect(document.openapi).toMatch(/^3\.1\./);
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { security, responses } of operations) {
      if (security !== undefined)
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '429', '503']));
    }
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/health',
        '/ready',
        '/metrics',
        '/drift/status/{model}',
        '/inference-logs',
        '/models/{model}/config',
      ]),
    );
    // Words of the settings that are this program's own are no JSON Schema.
    expect(JSON.stringify(document)).not.toMatch(/"allowed":"|"env":"|\$schema/);
  } finally {
    await server.close();
  }
});

test.skipIf(!isThere)(
  `schemathesis finds no server error and no answer that is not described${isThere ? '' : ` (skipped: no ${PROGRAM} on the PATH)`}`,
  { timeout: 240_000 },
  async () => {
    const server = await startServer({
      tokens: { secret: 'ops read,write,operate' },
      settings: { serveRequestsPerSecond: '100000' },
      configFile: CONFIG,
      retrain: async (model) => {
        return {
          id: 'id',
          version: model.version,
          at: '2025-12-24T00:00:00Z',
          cause: 'manual',
          kind: 'http',
          outcome: 'started',
          job: null,
          error: null,
        };
      },
    });
    try {
      const report = aReport('2025-12-24T12:00:00Z', { features: [aFeature('age', 'drift')] });
      await saveReport(server.store, report);
      await recordHistory(server.store, report);
      await recordOverview(server.store, [report], Date.now());
      const child = spawn(
        PROGRAM,
        ['run', `${server.url}/openapi.json`, '--header', 'Authorization: Bearer secret', '--no-color']
          .concat(['--max-examples', '10', '--seed', '1', '--generation-database', 'none', '--checks', 'all'])
          // What a schema cannot say, such as which URLs a sink takes, is refused with 400.
          .concat(['--exclude-checks', 'positive_data_acceptance']),
        { cwd: server.folder, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let told = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        told += chunk;
      });
      const [code] = await once(child, 'close');
      expect(code, told).toBe(0);
      expect(told).toMatch(/\d+ generated, \d+ passed/);
      expect(server.log()).not.toContain('A request failed');
    } finally {
      await server.close();
      rmSync(server.folder, { recursive: true, force: true });
    }
  },
);
