import { expect, test } from 'vitest';
import { csvLines } from '../../src/history/csv.ts';
import { HISTORY_TABLES } from '../../src/history/tables.ts';
import { aLineOf } from './a-line.ts';

test.each([
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@a', `"'@a"`],
  ['＝1', `"'＝1"`],
  ['a;=1+1; @b', `"a;'=1+1;' @b"`],
  ['a,b', '"a,b"'],
  ['\t=1', '"\\u{9}=1"'],
  ['a\r\nb', '"a\\u{d}\\u{a}b"'],
  ['plain', '"plain"'],
  ['', '""'],
])('the name %j is no formula and one field of its line', (name, field) => {
  const [, row] = [...csvLines(HISTORY_TABLES.signals, 'm', [aLineOf(0, [[name, 0.1]])])];
  expect(row).toContain(`Z",${field},"other",0.1,0.05\r\n`);
});

test('what a line left out is a row without a name', () => {
  const line = { ...aLineOf(0, [['age', 0.1]]), rest: { psi: 0.03, distance: 0.02 } };
  const [, ...rows] = [...csvLines(HISTORY_TABLES.signals, 'm', [line])];
  expect(rows.map((row) => row.split(',').slice(3))).toEqual([
    ['"age"', '"other"', '0.1', '0.05\r\n'],
    ['', '"rest"', '0.03', '0.02\r\n'],
  ]);
});
