import { expect, test } from 'vitest';
import { csvLines } from '../../src/history/csv.ts';
import { HISTORY_TABLES } from '../../src/history/tables.ts';
import { aLineOf } from './a-line.ts';

test.each([
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@a', "'@a"],
  ['a,b', '"a,b"'],
  ['a\nb', 'a\\u{a}b'],
  ['plain', 'plain'],
  ['', ''],
])('the name %j is no formula and one field of its line', (name, field) => {
  const [, row] = [...csvLines(HISTORY_TABLES.signals, 'm', [aLineOf(0, [[name, 0.1]])])];
  expect(row).toContain(`Z,${field},other,0.1,0.05\r\n`);
});
