import { styleText } from 'node:util';
import Table from 'cli-table3';
import stringWidth from 'string-width';
import { printable } from '../printable.ts';
import type { Io } from './io.ts';

export type Style = Parameters<typeof styleText>[0];

/** Colour on a terminal only, and not with `NO_COLOR`. */
export function painter(io: Io): (style: Style, text: string) => string {
  const coloured = io.stdout.isTTY === true && !io.env.NO_COLOR;
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

const GAP = '  ';
const NARROWEST = 12;

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
  middle: GAP,
};

/** Text, or text with a style. It may come from logs: it is made printable. */
export type Cell = string | { readonly text: string; readonly style: Style };

/**
 * Columns under a heading, cells of at most `cellLength` characters. Where the terminal is too narrow, the widest column is cut.
 */
export function table(io: Io, head: readonly string[], rows: readonly (readonly Cell[])[], cellLength = 60): string {
  const paint = painter(io);
  const texts = rows.map((row) => row.map((cell) => cellText(cell, cellLength)));
  const drawn = new Table({
    head: head.map((title) => paint('bold', title)),
    chars: NO_LINES,
    colWidths: columnWidths(io, [head, ...texts]),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  rows.forEach((row, index) => {
    const cells = texts[index] ?? [];
    drawn.push(
      row.map((cell, column) => {
        const text = cells[column] ?? '';
        return typeof cell === 'string' ? text : paint(cell.style, text);
      }),
    );
  });
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function cellText(cell: Cell, length: number): string {
  const text = typeof cell === 'string' ? cell : cell.text;
  return text === '' ? '' : printable(text, length);
}

function columnWidths(io: Io, lines: readonly (readonly string[])[]): number[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => stringWidth(line[column] ?? ''))));
  const excess = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - terminalWidth(io);
  const widest = widths.indexOf(Math.max(...widths));
  return widths.map((width, column) => (column === widest && excess > 0 ? Math.max(NARROWEST, width - excess) : width));
}

/** Elsewhere than on a terminal lines may be of any length. */
export function terminalWidth({ stdout }: Io): number {
  return stdout.isTTY === true && stdout.columns ? stdout.columns : Number.POSITIVE_INFINITY;
}
