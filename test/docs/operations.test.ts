import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readChartFile } from '../../charts/generate.ts';
import { FINDING_CODES } from '../../src/drift/findings.ts';
import { reportSchema } from '../../src/report/schema.ts';

const page = new URL('../../docs/operations.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const rules = ['templates/prometheusrule.yaml', 'rules/models.yaml'].map(readChartFile).join('\n');

/** The cells of the table row that begins with `first`. */
function row(first: string): string[] {
  const line = text.split('\n').find((line) => line.startsWith(`| ${first} |`)) ?? '';
  return line.split('|').slice(1, -1);
}

function expectAdvice(first: string): void {
  const cells = row(first);
  expect(cells.length, `a row for ${first}`).toBeGreaterThanOrEqual(3);
  for (const cell of [cells[1], cells.at(-1)]) expect(cell?.trim()).not.toBe('');
}

describe('the run-book says what it means and what to do for', () => {
  test.each([...FINDING_CODES])('the finding %s', (code) => expectAdvice(`\`${code}\``));

  test.each([...reportSchema.shape.status.options])('the status %s', (status) => expectAdvice(`\`${status}\``));

  test.each([0, 1, 2, 3, 137, 139, 143])('the exit code %d', (code) => expectAdvice(String(code)));

  test.each([...rules.matchAll(/alert: (\w+)/g)].map(([, alert = '']) => alert))('the alert %s', expectAdvice);
});

test('links lead to files and headings that are there', () => {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('#')) expect(headings).toContain(target.slice(1));
    else expect(existsSync(new URL(target, page)), target).toBe(true);
  }
});
