import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import {
  createInferenceLogger,
  type InferenceLoggerOptions,
  type InferenceRecord,
} from '../../src/inference-log/logger.ts';
import { NOON, onlyTable, start, tables, until } from './start-logger.ts';

describe('a logged record', () => {
  it('becomes a row with its fields, features and embeddings as columns', async () => {
    const { logger, store } = start();
    logger.log({
      timestamp: '2025-12-24T12:34:56.789Z',
      request_id: 'r-1',
      features: { url_count: 3, html: true, charset: 'utf-8', id: 2n ** 60n, sent: new Date(0) },
      prediction: 'spam',
      confidence: 0.9,
      latency_ms: 4,
      status: 'ok',
      label: 'ham',
      embeddings: { body_embedding: [0.5, 0.25], title: new Float64Array([0.1]) },
    });
    const { types, rows } = await onlyTable(logger, store);
    expect([...types]).toEqual([
      ['timestamp', 'TIMESTAMP'],
      ['request_id', 'VARCHAR'],
      ['model_name', 'VARCHAR'],
      ['model_version', 'VARCHAR'],
      ['prediction', 'VARCHAR'],
      ['confidence', 'DOUBLE'],
      ['latency_ms', 'DOUBLE'],
      ['status', 'VARCHAR'],
      ['label', 'VARCHAR'],
      ['url_count', 'DOUBLE'],
      ['html', 'BOOLEAN'],
      ['charset', 'VARCHAR'],
      ['id', 'BIGINT'],
      ['sent', 'TIMESTAMP'],
      ['body_embedding', 'FLOAT[]'],
      ['title', 'DOUBLE[]'],
    ]);
    expect([...(rows[0]?.values() ?? [])]).toEqual([
      '2025-12-24 12:34:56.789',
      'r-1',
      'spam-detector',
      'v1',
      'spam',
      0.9,
      4,
      'ok',
      'ham',
      3,
      true,
      'utf-8',
      String(2n ** 60n),
      '1970-01-01 00:00:00',
      [0.5, 0.25],
      [0.1],
    ]);
  });

  it('without a timestamp gets the present time, and a number as its request id becomes text', async () => {
    const { logger, store } = start();
    logger.log({ request_id: 17, features: new Map([['x', 1]]) });
    const { rows } = await onlyTable(logger, store);
    expect([...(rows[0] ?? [])]).toEqual([
      ['timestamp', '2025-12-24 12:00:00'],
      ['request_id', '17'],
      ['model_name', 'spam-detector'],
      ['model_version', 'v1'],
      ['x', 1],
    ]);
  });

  it('is a copy: what the caller does to it afterwards is not seen', async () => {
    const { logger, store } = start();
    const record = { features: { x: 1, day: new Date(0), list: [1, 2], typed: new Float32Array([1]) } };
    logger.log(record);
    record.features.x = 2;
    record.features.day.setTime(1e12);
    record.features.list[0] = 7;
    record.features.typed[0] = 7;
    const { rows } = await onlyTable(logger, store);
    expect([...(rows[0]?.values() ?? [])].slice(3)).toEqual([1, '1970-01-01 00:00:00', [1, 2], [1]]);
  });

  it('with features called like its own fields has them under another name', async () => {
    const { logger, store } = start();
    logger.log({
      prediction: 'spam',
      features: { prediction: 1, timestamp: 2, feature_timestamp: 3, ['__proto__']: 4 },
    });
    const { rows } = await onlyTable(logger, store);
    expect([...(rows[0] ?? [])].slice(3)).toEqual([
      ['prediction', 'spam'],
      ['feature_prediction', 1],
      ['feature_timestamp', 2],
      ['feature_feature_timestamp', 3],
      ['__proto__', 4],
    ]);
    expect(logger.stats().renamedColumns.get('timestamp')).toBe('feature_timestamp');
  });

  it('with a value of the wrong type keeps its row; the value is null and counted', async () => {
    const { logger, store } = start();
    for (let i = 0; i < 3; i++) logger.log({ confidence: 0.5, features: { x: i, y: 'a' } });
    const wrong = { timestamp: 'whenever', confidence: 'high', features: { x: 'seven', y: {}, n: Number.NaN } };
    logger.log(wrong as unknown as InferenceRecord);
    const { rows } = await onlyTable(logger, store);
    expect(rows).toHaveLength(4);
    for (const name of ['timestamp', 'confidence', 'x', 'y', 'n']) expect(rows[3]?.get(name)).toBeNull();
    expect(new Map(logger.stats().nulledByColumn)).toEqual(
      new Map([
        ['timestamp', 1],
        ['confidence', 1],
        ['x', 1],
        ['y', 1],
        ['n', 1],
      ]),
    );
  });
});

describe('column types', () => {
  it('stay what the first file made them', async () => {
    const { logger, store } = start();
    logger.log({ features: { x: null, y: 1 } });
    await logger.flush();
    logger.log({ features: { x: 'text', y: 2 } });
    await logger.flush();
    for (const x of [1, 2, 'more']) logger.log({ features: { x, y: 'no' } });
    await logger.flush();
    const [first, second, third] = await tables(store);
    expect(first?.types.has('x')).toBe(false);
    expect(second?.types.get('x')).toBe('VARCHAR');
    expect(third?.column('x')).toEqual([null, null, 'more']);
    expect(third?.types.get('y')).toBe('DOUBLE');
    expect(new Map(logger.stats().nulledByColumn)).toEqual(
      new Map([
        ['x', 2],
        ['y', 3],
      ]),
    );
  });

  it('that are declared hold from the first row on, in every file', async () => {
    const { logger, store } = start({
      columns: new Map([
        ['x', 'int64'],
        ['label', 'boolean'],
        ['e', 'list<double>'],
      ]),
    });
    logger.log({ features: { x: 1, e: [0.1] } });
    const { types, rows } = await onlyTable(logger, store);
    expect([types.get('x'), types.get('label'), types.get('e')]).toEqual(['BIGINT', 'BOOLEAN', 'DOUBLE[]']);
    expect([rows[0]?.get('x'), rows[0]?.get('label'), rows[0]?.get('e')]).toEqual(['1', null, [0.1]]);
  });

  it('of 4,096 columns are kept; the values of more are counted, not written', async () => {
    const { logger, store } = start();
    logger.log({ features: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, i])) });
    const { types } = await onlyTable(logger, store);
    expect(types.size).toBe(4096 - 6); // own fields without a value
    expect(logger.stats().valuesOverColumnLimit).toBe(5000 - (4096 - 9));
  });
});

describe('objects', () => {
  it('lie under the hour of the records, one an hour and flush, with names that sort by time', async () => {
    const { logger, store, effects } = start();
    for (const timestamp of [
      '2025-12-24T11:59:59.999Z',
      '2025-12-24T12:00:00Z',
      '2025-12-24T11:00:00Z',
      '2026-01-01T00:30:00+01:00',
    ]) {
      logger.log({ timestamp });
    }
    await logger.flush();
    await effects.advance(1000);
    logger.log({ timestamp: NOON });
    await logger.flush();
    const keys = [...store.objects.keys()];
    expect(keys.sort()).toEqual([
      'inference-logs/year=2025/month=12/day=24/hour=11/20251224T120000000Z-id-0.parquet',
      'inference-logs/year=2025/month=12/day=24/hour=12/20251224T120000000Z-id-1.parquet',
      'inference-logs/year=2025/month=12/day=24/hour=12/20251224T120001000Z-id-3.parquet',
      'inference-logs/year=2025/month=12/day=31/hour=23/20251224T120000000Z-id-2.parquet',
    ]);
    expect((await tables(store)).map(({ rows }) => rows.length)).toEqual([2, 1, 1, 1]);
  });

  it('lie where the template says, by model only for models that can stand in a key', async () => {
    const { logger, store } = start({ logPathTemplate: '<model>/<version>/<year>-<month>-<day>-<hour>' });
    logger.log({});
    logger.log({ model_version: 'v2' });
    logger.log({ model_name: '../../etc', model_version: 'v2' });
    await logger.flush();
    const prefixes = [...store.objects.keys()].map((key) => key.slice(0, key.lastIndexOf('/')));
    expect(prefixes).toEqual(['spam-detector/v1/2025-12-24-12', 'spam-detector/v2/2025-12-24-12']);
    const [, second] = await tables(store);
    expect(second?.column('model_name')).toEqual(['spam-detector', '../../etc']);
  });

  it.each([
    ['rows', { maxRows: 3 }, 3],
    ['bytes', { maxBytes: 300 }, 3],
  ])('are written when the %s are many enough', async (_, limit, logged) => {
    const { logger, store } = start(limit);
    for (let i = 0; i < logged; i++) {
      expect(store.puts).toBe(0);
      logger.log({ features: { x: 'x'.repeat(8) } });
    }
    await until(() => store.objects.size === 1);
    expect(logger.stats()).toMatchObject({ rowsWritten: logged, rowsBuffered: 0 });
  });

  it('are written when the oldest row is old enough', async () => {
    const { logger, store, effects } = start({ maxAgeMs: 5000 });
    logger.log({});
    await effects.advance(4000);
    logger.log({});
    expect(logger.stats().rowsBuffered).toBe(2);
    await effects.advance(1000);
    await until(() => store.objects.size === 1);
    expect(logger.stats().rowsWritten).toBe(2);
  });

  it('go to a storage URL as well', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'inference-logger-'));
    const { logger } = start({ storageUrl: `file:${directory}` });
    logger.log({});
    await logger.flush();
    const files = await readdir(join(directory, 'inference-logs/year=2025/month=12/day=24/hour=12'));
    expect(files).toEqual(['20251224T120000000Z-id-0.parquet']);
    await logger.close();
    await rm(directory, { recursive: true });
  });
});

it('a logger without a storage is refused', () => {
  expect(() => createInferenceLogger({ modelName: 'm', modelVersion: 'v' })).toThrow(
    'exactly one of store and storageUrl',
  );
});

it('wrong options are refused, all at once', () => {
  const wrong = {
    modelName: 'a/b',
    maxRows: 0,
    maxRow: 5,
    storageUrl: 'ftp://x',
    logPathTemplate: 'logs',
    columns: { x: 'float', timestamp: 'string', prediction: 'string' },
  };
  let problems: readonly string[] = [];
  try {
    createInferenceLogger(wrong as unknown as InferenceLoggerOptions);
  } catch (error) {
    if (error instanceof UsageError) problems = error.problems;
  }
  expect(problems).toEqual([
    expect.stringMatching(/storageUrl .*ftp/),
    'inference logger: modelName must be letters, digits, . _ and -, at most 128, the first a letter or digit',
    'inference logger: modelVersion must be given',
    expect.stringMatching(
      /columns x has the type float; allowed .*; timestamp is a field of the record and always timestamp/,
    ),
    expect.stringMatching(/logPathTemplate must name <year>/),
    'inference logger: maxRows must be at least 1',
    expect.stringMatching(/"maxRow"/),
  ]);
});
