import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { manualEffects } from './manual-effects.ts';
import { NOON, onlyTable, start, tables, until } from './start-logger.ts';

describe('nothing is lost without being counted', () => {
  it('when storage is down: rows go to the spill directory, and the next process sends them', async () => {
    const spillDirectory = await mkdtemp(join(tmpdir(), 'inference-logger-'));
    const down = start({ spillDirectory });
    down.store.down = true;
    down.logger.log({ features: { x: 1 } });
    await down.logger.flush();
    expect(down.logger.stats()).toMatchObject({ rowsSpilled: 1, rowsWritten: 0, rowsBuffered: 0, retries: 4 });
    expect(down.warnings.join()).toContain('storage is down: no answer');
    await down.logger.close();

    const next = start({ spillDirectory });
    await until(() => next.store.objects.size === 1);
    expect([...next.store.objects.keys()][0]).toMatch(/^inference-logs\/year=2025.*parquet$/);
    expect((await tables(next.store))[0]?.column('x')).toEqual([1]);
    await next.logger.close();
    await rm(spillDirectory, { recursive: true });
  });

  it('when memory is full: new rows are dropped, and taken again when there is room', async () => {
    const { logger, store, warnings } = start({ maxBufferedBytes: 2000, maxRows: 10 });
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    for (let i = 0; i < 1000; i++) logger.log({ features: { x: i } });
    const { rowsBuffered, rowsDropped } = logger.stats();
    expect(rowsDropped).toBeGreaterThan(900);
    expect(rowsBuffered + rowsDropped).toBe(1000);
    expect(warnings).toHaveLength(1);
    gate.resolve();
    await logger.flush();
    logger.log({});
    await logger.flush();
    expect(logger.stats()).toMatchObject({ rowsWritten: rowsBuffered + 1, rowsDropped, rowsBuffered: 0 });
  });

  it('when one record is larger than all memory', async () => {
    const { logger, store } = start({ maxBufferedBytes: 10_000 });
    logger.log({ features: { x: 'x'.repeat(10_000) } });
    logger.log({ features: { x: 'x' } });
    expect((await onlyTable(logger, store)).column('x')).toEqual(['x']);
    expect(logger.stats()).toMatchObject({ rowsLogged: 2, rowsDropped: 1 });
  });

  it('when the encoding thread dies', async () => {
    const effects = manualEffects(NOON);
    let started = 0;
    const dying = () =>
      new Worker("require('node:worker_threads').parentPort.on('message', () => process.exit(1))", { eval: true });
    const startEncoderThread = () => (++started === 1 ? dying() : effects.startEncoderThread());
    const { logger, store } = start({}, { ...effects, startEncoderThread });
    logger.log({ features: { x: 1 } });
    expect((await onlyTable(logger, store)).column('x')).toEqual([1]);
    expect(logger.stats()).toMatchObject({ rowsWritten: 1, rowsDropped: 0, encoderRestarts: 1 });
  });

  it('when the logger is closed', async () => {
    const { logger, store } = start();
    logger.log({});
    await Promise.all([logger.close(), logger.close()]);
    logger.log({});
    await logger.flush();
    expect(store.objects.size).toBe(1);
    expect(logger.stats()).toMatchObject({ rowsLogged: 2, rowsWritten: 1, rowsDropped: 1 });
  });
});
