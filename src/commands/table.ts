import { styleText } from 'node:util';
import Table from 'cli-table3';
import { printable } from '../report/printable.ts';
import type { Io } from './io.ts';

type Style = Parameters<typeof styleText>[0];

/** Colour on a terminal only, and not with `NO_COLOR`. */
export function painter(io: Io): (style: Style, text: string) => string {
  const coloured = io.stdout.isTTY === true && !io.env.NO_COLOR;
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under a heading. Cells may hold text from logs: it is made printable. */
export function table(io: Io, head: readonly string[], rows: readonly (readonly string[])[], cellLength = 60): string {
  const paint = painter(io);
  const drawn = new Table({
    head: head.map((title) => paint('bold', title)),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const row of rows) drawn.push(row.map((cell) => (cell === '' ? '' : printable(cell, cellLength))));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
