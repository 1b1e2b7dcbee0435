import { expect, test } from 'vitest';
import { printable, printableJson } from '../src/printable.ts';

test.each([
  ['word_count', 'word_count'],
  ['größe 😀 <script>', 'größe 😀 <script>'],
  ['', "''"],
  ['\u001b[31mred\u0007', '\\u{1b}[31mred\\u{7}'],
  ['\u009b2J', '\\u{9b}2J'],
  ['a\r\nb\tc', 'a\\u{d}\\u{a}b\\u{9}c'],
  ['right\u202Eleft\u200Bnothing\u2028', 'right\\u{202e}left\\u{200b}nothing\\u{2028}'],
  ['half \ud83d', 'half \\u{d83d}'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('a long text is cut, between characters', () => {
  expect(printable('n'.repeat(300), 10)).toBe(`${'n'.repeat(9)}…`);
  expect(printable('😀'.repeat(3), 3)).toBe('😀😀😀');
  expect(printable('😀'.repeat(4), 3)).toBe('😀😀…');
});

test('JSON of texts from logs is the same document without what a terminal obeys', () => {
  const document = {
    'größe 😀': ['\u009b2J', 'right\u202Eleft', '\u007f\u2028', '\u{E0041}', 'half \ud83d', 'a\tb\n'],
  };
  for (const indent of [0, 2]) {
    const text = printableJson(JSON.stringify(document, null, indent));
    expect(JSON.parse(text)).toEqual(document);
    expect(text).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
    expect(text).toContain('größe 😀');
  }
  expect(printableJson('{\r\n\t"a": 1\r\n}')).toBe('{\r\n\t"a": 1\r\n}');
});
