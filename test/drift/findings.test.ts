import { describe, expect, it } from 'vitest';
import { recordColumns } from '../../src/config/record-columns.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { findingsOf } from '../../src/drift/findings.ts';
import type { WindowProfile } from '../../src/profile/read-windows.ts';
import type { SourceKind } from '../../src/scan/source-columns.ts';
import { baselineOf, type Values, windowOf } from './in-memory.ts';

const TRAINING: Record<string, Values> = {
  n: { numbers: [1, 2, 3, 4, 5] },
  c: { categories: ['a', 'b', 'a', 'b', 'a', 'b'] },
};
const LOG: Record<string, Values> = { n: { numbers: [1, 2, 3] }, c: { categories: ['a', 'b', 'a'] } };

function sighting(kind: SourceKind, type: string, changes = {}) {
  return { kinds: new Set([kind]), types: new Set([type]), files: 2, repeated: 0, ...changes };
}
const SEEN = { n: sighting('number', 'DOUBLE'), c: sighting('text', 'BYTE_ARRAY (STRING)') };

function findings(
  columns: Record<string, Values> = {},
  changes: Partial<Omit<WindowProfile, 'seen'>> & { seen?: Record<string, ReturnType<typeof sighting>> } = {},
  overrides = {},
) {
  const baseline = baselineOf(TRAINING);
  const { seen = SEEN, ...rest } = changes;
  const window: WindowProfile = {
    profile: windowOf(baseline, { ...LOG, ...columns }),
    files: 2,
    bytes: 1,
    work: { hoursKept: 0, hoursUpdated: 1, filesRead: 1 },
    skipped: [],
    skippedColumns: [],
    filesWithRows: 2,
    rowsOfLastHour: 0,
    seen: new Map(Object.entries(seen)),
    ...rest,
  };
  return findingsOf(baseline, { from: 0, to: 3_600_000 }, window, overrides, recordColumns(settingsSchema.parse({})));
}

describe('findings', () => {
  it('are none for a window like the training data', () => {
    expect(findings()).toEqual([]);
  });

  it('name unreadable files, even where nothing could be read', () => {
    const skipped = [{ key: 'h/x.parquet', cause: 'the file is empty' }];
    const [finding] = findings({}, { skipped });
    expect(finding).toEqual({
      code: 'unreadable-file',
      file: 'h/x.parquet',
      message: 'h/x.parquet was left out: the file is empty',
    });
    const empty = windowOf(baselineOf(TRAINING), {});
    expect(findings({}, { skipped, profile: empty, filesWithRows: 0, seen: {} })).toEqual([finding]);
  });

  it('name columns that are absent from every file or from some', () => {
    const some = findings({}, { seen: { ...SEEN, n: sighting('number', 'DOUBLE', { files: 1 }) } });
    expect(some).toEqual([
      {
        code: 'missing-column',
        column: 'n',
        message: "column 'n' is absent from 1 of 2 files; its rows count as missing",
      },
    ]);
    const gone = findings({ n: { numbers: [null, null] } }, { seen: { c: SEEN.c } });
    expect(gone.map(({ code }) => code)).toEqual(['missing-column', 'all-missing']);
  });

  it('name new columns, but none of the log record or that the configuration ignores', () => {
    const seen = {
      ...SEEN,
      extra: sighting('number', 'INT32'),
      quiet: sighting('number', 'INT32'),
      request_id: sighting('text', 'X'),
    };
    expect(findings({}, { seen }, { quiet: { type: 'ignore' } })).toEqual([
      {
        code: 'new-column',
        column: 'extra',
        message: "column 'extra' (INT32) is not in the baseline and is not watched",
      },
    ]);
  });

  it('name a changed type unless the configuration fixes it', () => {
    const seen = { ...SEEN, n: sighting('text', 'BYTE_ARRAY (STRING)') };
    expect(findings({}, { seen })[0]?.message).toMatch(
      /^column 'n' was DOUBLE in the training data and is BYTE_ARRAY \(STRING\) in the logs/,
    );
    expect(findings({}, { seen }, { n: { type: 'numeric' } })).toEqual([]);
    expect(findings({}, { seen: { ...SEEN, n: sighting('null', 'INT32') } })).toEqual([]);
  });

  it('name values that are no numbers, infinite, all the same or unknown', () => {
    const odd = findings({ n: { numbers: [Number.NaN, Number.POSITIVE_INFINITY, 2, 3] } });
    expect(odd.map(({ message }) => message)).toEqual([
      "column 'n': 1 value is NaN",
      "column 'n': 1 value is infinite",
    ]);
    expect(findings({ n: { numbers: [2, 2, 2] } })[0]?.code).toBe('constant-column');
    expect(findings({ c: { categories: ['a', 'a'] } })[0]?.code).toBe('constant-column');
    const unseen = findings({ c: { categories: ['x', 'a', 'x', 'y', 'b'] } });
    expect(unseen).toHaveLength(1);
    expect(unseen[0]?.message).toMatch(/^column 'c': values that the training data does not hold in 3 rows: /);
    expect(unseen[0]?.message).toContain("'x' (2)");
  });
});
