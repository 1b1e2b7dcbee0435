import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InferenceLogger, InferenceRecord } from '../../src/inference-log/logger.ts';
import { start, tables } from './start-logger.ts';

describe('log never throws', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const throwing = new Proxy(
    {},
    {
      get: () => {
        throw new Error('get');
      },
      ownKeys: () => {
        throw new Error('ownKeys');
      },
    },
  );
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const endless = new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 53 : 1) });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'record'],
    ['a function', () => {}],
  ])('for %s, which is counted as dropped', (_, record) => {
    const { logger } = start();
    logger.log(record as InferenceRecord);
    expect(logger.stats()).toMatchObject({ rowsLogged: 1, rowsDropped: 1 });
  });

  it.each<[string, unknown]>([
    ['an empty record', {}],
    ['an array', [1, 2]],
    ['a proxy that throws', throwing],
    ['a revoked proxy', revoked],
    ['features that throw', { features: throwing }],
    ['features that are revoked', { features: revoked, embeddings: revoked }],
    ['features that are no object', { features: 'x', embeddings: 7 }],
    [
      'a getter that throws',
      {
        get prediction() {
          throw new Error('get');
        },
        features: {
          get x() {
            throw new Error('get');
          },
          y: 1,
        },
      },
    ],
    [
      'strange values',
      {
        features: {
          cyclic,
          endless,
          throwing,
          revoked,
          big: 2n ** 200n,
          symbol: Symbol('s'),
          f() {},
          [Symbol('key')]: 1,
        },
      },
    ],
    [
      'strange names',
      {
        features: new Map<unknown, unknown>([
          [{}, 1],
          [Symbol('s'), 2],
          [null, 3],
          [4, 5],
          ['', 6],
        ]),
      },
    ],
    ['a detached array', { features: { y: detached() } }],
    [
      'a log in a getter',
      {
        get status() {
          nested.log({});
          return 'ok';
        },
      },
    ],
  ])('for %s, which becomes a row', async (_, record) => {
    const { logger, store } = start();
    nested = logger;
    logger.log({ features: { y: 0 } });
    logger.log(record as InferenceRecord);
    await logger.flush();
    const rows = (await tables(store)).flatMap((table) => table.rows);
    expect(rows).toHaveLength(logger.stats().rowsLogged);
    expect(logger.stats().rowsDropped).toBe(0);
  });

  let nested: InferenceLogger;

  function detached(): Float32Array {
    const array = new Float32Array(3);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  }

  it('for anything at all, and every row is accounted for', async () => {
    const { logger, store } = start();
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
    });
    const names = [
      'timestamp',
      'request_id',
      'model_name',
      'model_version',
      'prediction',
      'confidence',
      'latency_ms',
      'status',
      'label',
      'embeddings',
    ];
    const record = fc.record(
      {
        ...Object.fromEntries(names.map((name) => [name, anything])),
        features: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(record, anything), (value) => logger.log(value as InferenceRecord)),
      { numRuns: 500 },
    );
    await logger.flush();
    const { rowsLogged, rowsWritten, rowsDropped, rowsBuffered } = logger.stats();
    expect(rowsWritten + rowsDropped).toBe(rowsLogged);
    expect(rowsBuffered).toBe(0);
    const rows = (await tables(store)).reduce((sum, table) => sum + table.rows.length, 0);
    expect(rows).toBe(rowsWritten);
  });

  it('when its methods are taken off it, nor when warnings fail', async () => {
    const warn = () => {
      throw new Error('no log');
    };
    const { log, flush, stats } = start({ logger: { warn } }).logger;
    log(undefined as unknown as InferenceRecord);
    log({});
    await flush();
    expect(stats()).toMatchObject({ rowsLogged: 2, rowsWritten: 1, rowsDropped: 1 });
  });
});
