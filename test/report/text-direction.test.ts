import { expect, test } from 'vitest';
import { sentence } from '../../src/report/html/sentence.ts';
import { textMarkdown } from '../../src/report/markdown.ts';
import { fromRightToLeft } from '../../src/report/text-direction.ts';

const isolated = (text: string) => fromRightToLeft(text).flatMap((part) => (part.isIsolated ? [part.text] : []));

test('in a sentence a value that runs from right to left is isolated from the numbers beside it', () => {
  expect(isolated("'מחיר 2024': 29.0 % → 12.5 %")).toEqual(['מחיר 2024']);
  expect(isolated("values that the baseline does not know ('نعم', 'no', 'שלום'): 0.0 % → 4.0 %")).toEqual([
    'نعم',
    'שלום',
  ]);
  expect(isolated('feature שם פרטי drifted')).toEqual(['שם פרטי']);
  expect(isolated("'plan': 29.0 % → 12.5 %")).toEqual([]);
  expect(String(sentence("'<ש>': 29.0 % → 12.5 %"))).toBe("'<bdi>&#60;ש&#62;</bdi>': 29.0 % → 12.5 %");
});

test('no text is lost, and none takes long, however it is made', () => {
  const texts = ["'ש' 1 'ש", "ש'".repeat(5_000), "'".repeat(20_000), `${'ש 1 '.repeat(5_000)}a`, ''];
  for (const text of texts) {
    const started = performance.now();
    expect(
      fromRightToLeft(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  }
});

test('a sentence that a log fills loses its middle, not what it says', () => {
  const text = String(sentence(`feature ${'x'.repeat(10_000)} drifted`));
  expect(text).toMatch(/^feature x+…x+ drifted$/);
  expect(text.length).toBeLessThanOrEqual(400);
});

test('in Markdown it is isolated by characters without width, which no log can end', () => {
  expect(textMarkdown("'ש\\u{2069}': 29.0 % → 12.5 %")).toBe(
    "'&#8296;ש&#92;u&#123;2069&#125;&#8297;': 29.0 % → 12.5 %",
  );
});
