import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, dedupKey, type JudgedRun, type Policy, runAlerts } from '../../src/alerting/lifecycle.ts';
import type { Severity, ShownCondition } from '../../src/alerting/schema.ts';
import { type AlertState, EMPTY_STATE } from '../../src/alerting/state.ts';
import type { RuleName } from '../../src/config/alert-settings.ts';
import { settingsSchema } from '../../src/config/settings.ts';

const MODEL = { name: 'churn', version: 'v1' };
const START = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
const POLICY: Policy = settingsSchema.parse({}).alerts;

function condition(severity: Severity, id = 'a'.repeat(16), rule: RuleName = 'signal-drift'): ShownCondition {
  return { id, rule, signal: `feature ${id[0]}`, severity, title: 'x drifted', reasons: ['PSI 0.3'], evidence: null };
}

/** One run an hour: `C`, `W` and `I` hold with that severity, `.` is a calm run, `?` one that judges nothing. */
function simulate(runs: string, policy: Policy = POLICY, from: AlertState = EMPTY_STATE, firstHour = 0) {
  let state = from;
  const told: string[] = [];
  for (const [index, letter] of [...runs].entries()) {
    const severity = ({ C: 'CRITICAL', W: 'WARNING', I: 'INFO' } as const)[letter];
    const to = START + (firstHour + index) * HOUR;
    const run: JudgedRun = {
      model: MODEL,
      to,
      now: to,
      conditions: severity === undefined ? [] : [condition(severity)],
      judges: () => letter !== '?',
    };
    const advanced = advance(state, run, policy);
    state = advanced.state;
    told.push(...advanced.told.map(({ change, severity }) => `${firstHour + index} ${change} ${severity}`));
  }
  return { state, told };
}

describe('an alert', () => {
  test('opens in the run in which its condition held in 2 of the last 3, and not before', () => {
    expect(simulate('W').told).toEqual([]);
    expect(simulate('WW').told).toEqual(['1 opened WARNING']);
    expect(simulate('W.W').told).toEqual(['2 opened WARNING']);
    expect(simulate('W..W..W..W').told).toEqual([]);
  });

  test('is resolved after 3 judged runs in a row without its condition', () => {
    expect(simulate('WW..W..').told).toEqual(['1 opened WARNING']);
    expect(simulate('WW...').told).toEqual(['1 opened WARNING', '4 resolved WARNING']);
    expect(simulate('WW......').told).toHaveLength(2);
  });

  test('neither opens nor ends by runs that judge nothing', () => {
    expect(simulate('W???W').told).toEqual(['4 opened WARNING']);
    expect(simulate('WW.??????.?.').told).toEqual(['1 opened WARNING', '11 resolved WARNING']);
  });

  test('that stays is told again every 24 hours, in runs in which its condition holds', () => {
    expect(simulate('W'.repeat(60)).told).toEqual(['1 opened WARNING', '25 repeated WARNING', '49 repeated WARNING']);
    expect(simulate(`${'W'.repeat(25)}..W`).told).toEqual(['1 opened WARNING', '27 repeated WARNING']);
  });

  test('becomes graver when that held in 2 of 3 runs, and not milder before it ends', () => {
    expect(simulate('WWC').told).toEqual(['1 opened WARNING']);
    expect(simulate('WWCC').told).toEqual(['1 opened WARNING', '3 escalated CRITICAL']);
    expect(simulate('CCWWWW...').told).toEqual(['1 opened CRITICAL', '8 resolved CRITICAL']);
    expect(simulate('CW').told).toEqual(['1 opened WARNING']);
  });

  test('does not open again before the cooldown is over', () => {
    const policy = { ...POLICY, cooldownHours: 6 };
    expect(simulate('WW...WWWWWWW', policy).told).toEqual([
      '1 opened WARNING',
      '4 resolved WARNING',
      '10 opened WARNING',
    ]);
  });

  test('has one dedup key from opened to resolved, and another when it opens again', () => {
    const first = simulate('WW');
    const resolved = simulate('...', POLICY, first.state, 2);
    const again = simulate('WW', POLICY, resolved.state, 5);
    const keys = [first, resolved, again].map(({ state }) => state.alerts.map(dedupKey)[0]);
    expect(keys).toEqual(['01', '01', '06'].map((hour) => `${'a'.repeat(16)}-2026-01-01T${hour}`));
  });

  test('is heard of again although a run whose clock was ahead came in between', () => {
    const ahead = simulate('WW', POLICY, EMPTY_STATE, 1000);
    expect(simulate('...WW', POLICY, ahead.state, 3).told).toEqual(['5 resolved WARNING', '7 opened WARNING']);
  });

  test('says since which hour: that of the first run that showed it', () => {
    expect(simulate('...W.W').state.alerts[0]).toMatchObject({
      since: new Date(START + 2 * HOUR).toISOString(),
      openedAt: new Date(START + 5 * HOUR).toISOString(),
    });
  });
});

test('a window that was taken before, or an earlier one, changes nothing', () => {
  const { state } = simulate('WW');
  expect(simulate('C', POLICY, state, 1)).toEqual({ state, told: [] });
  expect(simulate('.', POLICY, state, 0)).toEqual({ state, told: [] });
});

test('versions of a model do not touch each other', () => {
  const { state } = simulate('WW');
  const run = { model: { ...MODEL, version: 'v2' }, to: START, now: START, conditions: [], judges: () => true };
  const { state: next } = advance(state, run, POLICY);
  expect(next.alerts).toEqual(state.alerts);
  expect(simulate('..', POLICY, next, 2).told).toEqual([]);
});

describe('silence and acknowledgement', () => {
  const silenced = (hours: number): Policy => {
    const until = new Date(START + hours * HOUR).toISOString();
    return { ...POLICY, silences: [{ until, reason: 'release', signal: 'feature a' }] };
  };

  test('what opens in silence is told when the silence ends, if it is still open', () => {
    expect(simulate('WWWWWW', silenced(4)).told).toEqual(['4 opened WARNING']);
    expect(simulate('WW...WW', silenced(9)).told).toEqual([]);
  });

  test('the end of what was told is told in spite of a silence', () => {
    const { state } = simulate('WW');
    expect(simulate('...', silenced(9), state, 2).told).toEqual(['4 resolved WARNING']);
  });

  test('a silence of another signal silences nothing', () => {
    const policy = { ...silenced(9), silences: silenced(9).silences.map((one) => ({ ...one, signal: 'other' })) };
    expect(simulate('WW', policy).told).toHaveLength(1);
  });

  test('an acknowledged alert is not repeated, but it escalates, is resolved, and is repeated afterwards', () => {
    const { state } = simulate('WW');
    const until = new Date(START + 40 * HOUR).toISOString();
    const acknowledged = { until, reason: 'known' };
    const acked = { ...state, alerts: state.alerts.map((record) => ({ ...record, acknowledged })) };
    expect(simulate('W'.repeat(45), POLICY, acked, 2).told).toEqual(['40 repeated WARNING']);
    expect(simulate('WCC', POLICY, acked, 2).told).toEqual(['4 escalated CRITICAL']);
    expect(simulate('...', POLICY, acked, 2).told).toEqual(['4 resolved WARNING']);
    const run = { model: MODEL, to: START + 2 * HOUR, now: START + 2 * HOUR };
    expect(runAlerts(acked, run, POLICY)).toMatchObject([{ state: 'open', acknowledgedUntil: until }]);
    const [{ rule, signal, title } = {}] = state.alerts;
    expect(title).toBeTruthy();
    expect(runAlerts(state, run, POLICY)).toMatchObject([{ rule, signal, title }]);
  });
});

describe('whatever happens', () => {
  const letters = fc.string({ unit: fc.constantFrom('C', 'W', 'I', '.', '?'), maxLength: 60 });
  const policies = fc.record({
    for: fc.constantFrom('1 of 1', '2 of 3', '3 of 3', '2 of 5'),
    resolveAfter: fc.integer({ min: 1, max: 5 }),
    cooldownHours: fc.integer({ min: 0, max: 10 }),
    reminderHours: fc.integer({ min: 1, max: 30 }),
    silences: fc.constant<Policy['silences']>([]),
  });

  test('opened and resolved alternate, and nothing is told between them but of an open alert', () => {
    fc.assert(
      fc.property(letters, policies, (runs, policy) => {
        const { told } = simulate(runs, policy);
        let isOpen = false;
        for (const line of told) {
          if (/opened/.test(line)) expect(isOpen).toBe(false);
          else expect(isOpen).toBe(true);
          isOpen = !/resolved/.test(line);
        }
      }),
    );
  });

  test('a severity only grows while an alert is open', () => {
    fc.assert(
      fc.property(letters, policies, (runs, policy) => {
        const order = ['INFO', 'WARNING', 'CRITICAL'];
        let last = -1;
        for (const line of simulate(runs, policy).told) {
          const [, change, severity = ''] = line.split(' ');
          const rank = order.indexOf(severity);
          if (change !== 'opened') expect(rank).toBeGreaterThanOrEqual(last);
          if (change === 'escalated') expect(rank).toBeGreaterThan(last);
          last = rank;
        }
      }),
    );
  });

  test('runs that judge nothing could as well not have been, but for the time that passes', () => {
    const timeless = policies.map((policy) => ({ ...policy, cooldownHours: 0, reminderHours: 8784 }));
    fc.assert(
      fc.property(letters, timeless, (runs, policy) => {
        const changes = (told: readonly string[]) => told.map((line) => line.replace(/^\d+ /, ''));
        expect(changes(simulate(runs, policy).told)).toEqual(changes(simulate(runs.replaceAll('?', ''), policy).told));
      }),
    );
  });

  test('after enough calm runs nothing is open', () => {
    fc.assert(
      fc.property(letters, policies, (runs, policy) => {
        const { state } = simulate(`${runs}${'.'.repeat(policy.resolveAfter)}`, policy);
        expect(state.alerts.filter((record) => record.state === 'open')).toEqual([]);
      }),
    );
  });
});
