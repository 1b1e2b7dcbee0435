import type { Changes, Column, NumberColumn } from './columns.ts';

/** A day or more of logs whose verdicts are known beforehand. */
export interface Scenario {
  readonly name: string;
  /** What happens, in a few words. */
  readonly about: string;
  /** What the model was trained on. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly trainingRows: number;
  /** What is different in an hour of the training data, 0 … 23. */
  readonly training: (hour: number) => Changes;
  readonly hours: number;
  /** Rows of logs in all hours. */
  readonly rows: number;
  /** What is different in an hour of the logs, 0 … `hours` − 1. */
  readonly logs: (hour: number) => Changes;
  readonly looks: readonly Look[];
}

/** A report, and what it must say. */
export interface Look {
  /** Hours of the logs, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly status: 'drift' | 'no-drift' | 'insufficient-data';
  /** Verdicts by column. Those that are not named must be `none`, or `insufficient-data` where that is the status. */
  readonly moved: Readonly<Record<string, 'minor' | 'drift'>>;
}

function normal(center: number, spread: number, decimals = 2): NumberColumn {
  return { kind: 'number', shape: 'normal', center, spread, decimals };
}

function logNormal(center: number, spread: number, decimals = 2): NumberColumn {
  return { kind: 'number', shape: 'log-normal', center, spread, decimals };
}

const CUSTOMERS = {
  age: normal(44, 12, 0),
  tenure_months: logNormal(20, 0.8, 0),
  temperature: normal(12, 7, 1),
  amount: logNormal(60, 0.9),
  discount: { ...logNormal(5, 0.5), zeros: 0.5 },
  // These four rise and fall together, correlated by 0.8.
  income: { ...logNormal(3200, 0.4), loading: 0.9 },
  balance: { ...normal(1500, 900), loading: 0.9 },
  spending: { ...logNormal(900, 0.6), loading: 0.9 },
  credit_limit: { ...normal(8000, 2500, 0), loading: 0.9 },
  country: { kind: 'category', weights: { DE: 40, FR: 25, IT: 15, ES: 12, NL: 6, AT: 2 } },
  plan: { kind: 'category', weights: { basic: 70, gold: 25, team: 5 } },
  device: { kind: 'category', weights: { phone: 60, desktop: 35, tablet: 5 } },
  prediction: { kind: 'category', weights: { stays: 80, leaves: 20 } },
  confidence: normal(0.7, 0.08, 4),
} satisfies Record<string, Column>;

const WIDE = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, normal(0, 1, 4)]));

const MAILS = {
  length: logNormal(900, 0.8, 0),
  language: CUSTOMERS.country,
  text: { kind: 'vector', dimensions: 32, length: 4 },
} satisfies Record<string, Column>;

const CALM = (): Changes => ({});
const NO_DRIFT = { status: 'no-drift', moved: {} } as const;

/** A scenario of customers, their logs a day long, one report over that day; `own` says what is otherwise. */
function scenario(name: string, about: string, own: Partial<Scenario>): Scenario {
  const hours = own.hours ?? 24;
  return {
    name,
    about,
    columns: CUSTOMERS,
    trainingRows: 5000,
    training: CALM,
    hours,
    rows: hours * 100,
    logs: CALM,
    looks: [{ from: 0, to: 24, ...NO_DRIFT }],
    ...own,
  };
}

/** The report over the whole day calls these columns drift, and no other anything. */
function drift(...columns: string[]): Look[] {
  return [{ from: 0, to: 24, ...drifted(...columns) }];
}

function drifted(...columns: string[]): Pick<Look, 'status' | 'moved'> {
  return { status: 'drift', moved: Object.fromEntries(columns.map((name) => [name, 'drift'])) };
}

const dailyTemperature = (hour: number): Changes => ({
  temperature: { shift: -1.2 * Math.cos((2 * Math.PI * hour) / 24) },
});

export const SCENARIOS: readonly Scenario[] = [
  scenario('none', 'nothing changes', {}),
  scenario('sudden', 'from noon on customers are older', {
    logs: (hour) => (hour < 12 ? {} : { age: { shift: 0.8 } }),
    looks: [
      { from: 0, to: 12, ...NO_DRIFT },
      { from: 12, to: 24, ...drifted('age') },
    ],
  }),
  scenario('gradual', 'customers get older by a quarter of a standard deviation a day', {
    hours: 72,
    logs: (hour) => ({ age: { shift: (0.25 * hour) / 24 } }),
    looks: [
      { from: 0, to: 24, ...NO_DRIFT },
      { from: 24, to: 48, status: 'no-drift', moved: { age: 'minor' } },
      { from: 48, to: 72, ...drifted('age') },
    ],
  }),
  scenario('seasonal', 'warm days and cold nights, in the training data too: a window of 24 h covers the cycle', {
    training: dailyTemperature,
    logs: dailyTemperature,
    looks: [
      { from: 0, to: 24, ...NO_DRIFT },
      { from: 0, to: 6, ...drifted('temperature') },
    ],
  }),
  scenario('recurring', 'every second day most customers come by phone', {
    hours: 96,
    logs: (hour) => (Math.floor(hour / 24) % 2 === 0 ? {} : { device: { weights: { phone: 250 } } }),
    looks: [
      { from: 0, to: 24, ...NO_DRIFT },
      { from: 24, to: 48, ...drifted('device') },
      { from: 48, to: 72, ...NO_DRIFT },
      { from: 72, to: 96, ...drifted('device') },
    ],
  }),
  scenario('variance', 'the mean stays, the standard deviation doubles', {
    logs: () => ({ temperature: { widen: 2 } }),
    looks: drift('temperature'),
  }),
  scenario('tail', '6 % of the amounts go far beyond any in the training data', {
    logs: () => ({ amount: { far: 0.06 } }),
    looks: drift('amount'),
  }),
  scenario('vanished-category', 'no customer is from Italy any more', {
    logs: () => ({ country: { weights: { IT: 0 } } }),
    looks: drift('country'),
  }),
  scenario('new-category', '6 % of the customers are from a country that the training data does not know', {
    logs: () => ({ country: { weights: { PL: 6.4 } } }),
    looks: drift('country'),
  }),
  scenario('missing', 'a quarter of the incomes is missing', {
    logs: () => ({ income: { missing: 0.25 } }),
    looks: drift('income'),
  }),
  scenario('unit-change', 'amounts in thousandths', {
    logs: () => ({ amount: { times: 1000 } }),
    looks: drift('amount'),
  }),
  scenario('correlated', 'four correlated columns move together', {
    logs: () => ({
      income: { shift: 0.8 },
      balance: { shift: 0.8 },
      spending: { shift: 0.8 },
      credit_limit: { shift: 0.8 },
    }),
    looks: drift('income', 'balance', 'spending', 'credit_limit'),
  }),
  scenario('one-of-200', 'one of 200 columns moves', {
    columns: WIDE,
    trainingRows: 2000,
    rows: 1200,
    logs: () => ({ f137: { shift: 0.8 } }),
    looks: drift('f137'),
  }),
  scenario('embedding-rotation', 'the mean of an embedding turns by 60°, its lengths stay', {
    columns: MAILS,
    logs: () => ({ text: { rotation: 60 } }),
    looks: drift('text'),
  }),
  scenario('low-volume', '60 rows that are all different, too few to judge', {
    rows: 60,
    logs: () => ({ age: { shift: 3 }, amount: { times: 1000 } }),
    looks: [{ from: 0, to: 24, status: 'insufficient-data', moved: {} }],
  }),
];
