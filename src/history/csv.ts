import { printable } from '../printable.ts';
import type { HistoryLine } from './line.ts';
import type { Table, Value } from './tables.ts';

/** Lines of RFC 4180, the heading first, each with its line feed. */
export function* csvLines(table: Table, model: string, lines: readonly HistoryLine[]): Generator<string> {
  yield csvLine(table.columns.map(([name]) => name));
  for (const line of lines) for (const row of table.rows(model, line)) yield csvLine(row);
}

function csvLine(values: readonly Value[]): string {
  return `${values.map((value) => (typeof value === 'string' ? csvText(value) : String(value ?? ''))).join(',')}\r\n`;
}

/**
 * Every text is quoted. Names come from logs: what a terminal would obey is shown, and what a spreadsheet would take for a formula
 * gets an apostrophe in front, also behind a `;`, at which many of them cut even within quotes
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function csvText(text: string): string {
  const shown = text === '' ? '' : printable(text, Number.POSITIVE_INFINITY);
  return `"${shown.replace(/(^|;)(?=\s*[=+\-@＝＋－＠])/g, "$1'").replaceAll('"', '""')}"`;
}
