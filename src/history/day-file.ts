import { decodeLine, encodeLine, type HistoryLine, type KnownNames, LINE_BYTES } from './line.ts';

/** Bytes of a day's file, which every run of that day reads and writes. */
export const DAY_BYTES = 65_536;
const HOURS = 24;

interface StoredLine {
  readonly text: string;
  /** Undefined for what is not even an object with an hour and a version. */
  readonly hour: string | undefined;
  readonly version: string | undefined;
}

/**
 * The file of a day with the line of a run in it, in place of an earlier one of the same hour and version; lines are in the order
 * of hours and versions. Lines of others stay byte for byte, also those that this program cannot read, which stand last unless
 * they say their hour. Where several versions of a model would make the file longer than `DAY_BYTES`, every line is held
 * to its share.
 */
export function withLine(file: string, line: HistoryLine): string {
  const others = linesOf(file).filter(({ hour, version }) => hour !== line.hour || version !== line.version);
  const { hour, version } = line;
  const all = [...others, { text: encodeLine(line), hour, version }].sort(inOrder);
  const whole = all.map(({ text }) => text).join('');
  if (Buffer.byteLength(whole) <= DAY_BYTES) return whole;
  const versions = new Set(all.map((one) => one.version)).size;
  const share = Math.min(LINE_BYTES, Math.floor(DAY_BYTES / HOURS / versions));
  return all.map(({ text }) => held(text, share)).join('');
}

/** The lines of a file, and how many of them this program cannot read. */
export function readLines(file: string, known: KnownNames): { lines: HistoryLine[]; damaged: number } {
  const texts = file.split('\n').filter((text) => text.trim() !== '');
  const lines = texts.flatMap((text) => decodeLine(text, known) ?? []);
  return { lines, damaged: texts.length - lines.length };
}

function linesOf(file: string): StoredLine[] {
  return file
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => ({ text: `${text}\n`, ...identityOf(text) }));
}

function identityOf(text: string): Pick<StoredLine, 'hour' | 'version'> {
  try {
    const { hour, version } = JSON.parse(text);
    if (typeof hour === 'string' && typeof version === 'string') return { hour, version };
  } catch {
    // Told by whoever reads the file.
  }
  return { hour: undefined, version: undefined };
}

function inOrder(a: StoredLine, b: StoredLine): number {
  if (a.hour === undefined || b.hour === undefined) return Number(a.hour === undefined) - Number(b.hour === undefined);
  return compare(a.hour, b.hour) || compare(a.version ?? '', b.version ?? '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function held(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const line = decodeLine(text);
  return line === undefined ? text : encodeLine(line, bytes);
}
