import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { registerReports } from '../report/metrics.ts';
import type { ServerContext } from './context.ts';
import type { LoggerPool, LoggerTotals } from './logger-pool.ts';
import { knownModels } from './model-list.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/** What the server counts of itself. */
export interface ServerMetrics {
  readonly registry: Registry;
  observe(method: string, path: string, status: number, seconds: number): void;
}

export function serverMetrics(loggers: LoggerPool): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'drift_monitor_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'path', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'drift_monitor_http_request_duration_seconds',
    help: 'Time until a request was answered.',
    labelNames: ['method', 'path'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const total = (name: string, help: string, of: (totals: LoggerTotals) => number) => {
    // A counter whose value is kept elsewhere.
    const counter = new Counter({
      name: `drift_monitor_${name}_total`,
      help,
      registers,
      collect() {
        counter.reset();
        counter.inc(of(loggers.totals()));
      },
    });
  };
  total('logged_rows', 'Rows that were kept.', ({ rowsLogged }) => rowsLogged);
  total('logged_rows_written', 'Logged rows that are in storage.', ({ rowsWritten }) => rowsWritten);
  total('logged_rows_dropped', 'Logged rows that are lost.', ({ rowsDropped }) => rowsDropped);
  total('logged_rows_spilled', 'Logged rows that went to the spill directory.', ({ rowsSpilled }) => rowsSpilled);
  total('logged_values_nulled', 'Logged values that were not of the type of their column.', (all) => all.nulledValues);
  total('logged_values_over_column_limit', 'Logged values of columns too many.', (all) => all.valuesOverColumnLimit);
  const buffered: Gauge = new Gauge({
    name: 'drift_monitor_buffered_bytes',
    help: 'About what logged rows take in memory that are not in storage yet.',
    registers,
    collect: () => buffered.set(loggers.totals().bytesBuffered),
  });
  return {
    registry,
    observe(method, path, status, seconds) {
      requests.inc({ method, path, status });
      duration.observe({ method, path }, seconds);
    },
  };
}

/** Whether the server lives, is ready, and what it counts. */
export function serviceRoutes(context: ServerContext, { registry }: ServerMetrics, isStopping: () => boolean): Route[] {
  return [
    route({
      method: 'GET',
      path: '/health',
      operationId: 'getHealth',
      summary: 'Whether the server lives',
      scope: undefined,
      isLimited: false,
      answers: {
        200: { description: 'It lives', schema: z.strictObject({ status: z.literal('ok'), version: z.string() }) },
      },
      async handle() {
        return { status: 'ok', version: context.version };
      },
    }),
    route({
      method: 'GET',
      path: '/ready',
      operationId: 'getReady',
      summary: 'Whether requests should be sent here',
      description: 'Also while the storage is down: what is logged then is kept until it is back.',
      scope: undefined,
      isLimited: false,
      answers: { 200: { description: 'They should', schema: z.strictObject({ status: z.literal('ready') }) } },
      async handle() {
        if (isStopping()) throw new Problem(503, 'the server is stopping', { retryAfter: 5 });
        return { status: 'ready' };
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      operationId: 'getMetrics',
      summary: 'Metrics of the latest reports and of the server, for Prometheus',
      scope: 'read',
      answers: { 200: { description: 'Text format of Prometheus', type: 'text/plain' } },
      async handle(_, __, reply) {
        const reports = new Registry();
        const models = await knownModels(context);
        const runs = models.flatMap(({ report }) =>
          report === undefined ? [] : [{ report, storedAt: Date.parse(report.run.startedAt) + report.run.durationMs }],
        );
        registerReports(reports, runs, context.settings.metrics.maxFeatures);
        const text = `${await reports.metrics()}\n${await registry.metrics()}`;
        return reply.type(PROMETHEUS).send(text);
      },
    }),
  ];
}
