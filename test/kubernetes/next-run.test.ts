import { expect, test } from 'vitest';
import { nextRun } from '../../src/kubernetes/next-run.ts';

const NOW = Date.parse('2026-11-21T13:30:30Z');

test.each([
  ['7 * * * *', 'UTC', '2026-11-21T14:07:00.000Z'],
  ['0 9 * * 1', 'America/New_York', '2026-11-23T14:00:00.000Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-11-22T01:30:00.000Z'],
  ['0 0 13 * 5', 'UTC', '2026-11-27T00:00:00.000Z'],
  ['@hourly', 'UTC', '2026-11-21T14:00:00.000Z'],
])('%s in %s runs next at %s', (schedule, timeZone, next) => {
  expect(nextRun(schedule, timeZone, NOW)?.toISOString()).toBe(next);
});

test.each([
  ['@every 1h', 'UTC'],
  ['0 0 30 2 *', 'UTC'],
  ['7 * * * *', 'No/Where'],
  ['', 'UTC'],
])('when %j in %s runs next is not guessed', (schedule, timeZone) => {
  expect(nextRun(schedule, timeZone, NOW)).toBeUndefined();
});
