import { isUtf8 } from 'node:buffer';
import { HOUR_MS, type Hour } from '../storage/hour.ts';
import { decodeLine, encodeLine, type HistoryLine, type KnownNames, LINE_BYTES } from './line.ts';

/** Bytes of a day's file, which every run of that day reads and writes. */
export const DAY_BYTES = 65_536;
const HOURS = 24;

/** One line of a file, as its bytes are; a character stands for a byte. */
interface StoredLine {
  readonly bytes: string;
  /** Undefined for what is not even an object with an hour and a version. */
  readonly hour: string | undefined;
  readonly version: string | undefined;
}

export interface ChangedDay {
  readonly bytes: Buffer;
  /** Lines that cannot be read and that the file has no room for; none where there is room. */
  readonly setAside: Buffer;
}

/**
 * The file of a day with the line of a run in it, in place of earlier ones of the same hour and version; lines are in the order
 * of hours and versions. Lines of others stay byte for byte, also those that this program cannot read, which stand last unless
 * they say their hour. Where the file would be longer than `DAY_BYTES`, what cannot be read leaves it; where several versions of
 * a model still make it longer, every line is held to its share.
 */
export function withLine(file: Uint8Array, line: HistoryLine): ChangedDay {
  const { hour, version } = line;
  const others = linesOf(file).filter((other) => !isSameRun(other, line));
  const own = { bytes: Buffer.from(encodeLine(line)).toString('latin1'), hour, version };
  const all = [...others, own].sort(inOrder);
  if (length(all) <= DAY_BYTES) return { bytes: written(all), setAside: Buffer.alloc(0) };
  const day = Math.floor(Date.parse(hour) / HOURS / HOUR_MS) * HOURS * HOUR_MS;
  const { kept = [], aside = [] } = Object.groupBy(all, (one) => (isDamaged(one, day) ? 'aside' : 'kept'));
  if (length(kept) <= DAY_BYTES) return { bytes: written(kept), setAside: written(aside) };
  const versions = new Set(kept.map((one) => one.version)).size;
  const share = Math.min(LINE_BYTES, Math.floor(DAY_BYTES / HOURS / versions));
  return { bytes: written(kept.map((one) => held(one, share))), setAside: written(aside) };
}

/**
 * The lines of the file of a day, each hour and version once, and how many lines this program cannot read, or has no business to
 * find in the file of that day.
 */
export function readLines(
  file: Uint8Array,
  day: Hour,
  known: KnownNames,
): { readonly lines: HistoryLine[]; readonly damaged: number } {
  const lines = new Map<string, HistoryLine>();
  let damaged = 0;
  for (const text of Buffer.from(file).toString('utf8').split('\n')) {
    if (text.trim() === '') continue;
    const line = decodeLine(text, known);
    if (line === undefined || !isOfDay(line.hour, day)) damaged += 1;
    else lines.set(`${Date.parse(line.hour)} ${line.version}`, line);
  }
  return { lines: [...lines.values()], damaged };
}

function isOfDay(hour: string, day: Hour): boolean {
  const at = Date.parse(hour);
  return at >= day && at < day + HOURS * HOUR_MS;
}

function linesOf(file: Uint8Array): StoredLine[] {
  return Buffer.from(file)
    .toString('latin1')
    .split('\n')
    .filter((bytes) => bytes.trim() !== '')
    .map((bytes) => ({ bytes: `${bytes}\n`, ...identityOf(bytes) }));
}

/** Hours and versions are ASCII, whatever the rest of a line is. */
function identityOf(bytes: string): Pick<StoredLine, 'hour' | 'version'> {
  try {
    const { hour, version } = JSON.parse(bytes);
    if (typeof hour === 'string' && typeof version === 'string') return { hour, version };
  } catch {
    // Told by whoever reads the file.
  }
  return { hour: undefined, version: undefined };
}

function isSameRun({ hour, version }: StoredLine, line: HistoryLine): boolean {
  return version === line.version && hour !== undefined && Date.parse(hour) === Date.parse(line.hour);
}

/** A line of a later program is as short as any, and says its hour. */
function isDamaged(line: StoredLine, day: Hour): boolean {
  if (line.hour === undefined || !isOfDay(line.hour, day)) return true;
  return line.bytes.length > LINE_BYTES && decoded(line) === undefined;
}

function decoded({ bytes }: StoredLine): HistoryLine | undefined {
  const raw = Buffer.from(bytes, 'latin1');
  return isUtf8(raw) ? decodeLine(raw.toString('utf8')) : undefined;
}

function inOrder(a: StoredLine, b: StoredLine): number {
  if (a.hour === undefined || b.hour === undefined) return Number(a.hour === undefined) - Number(b.hour === undefined);
  return compare(a.hour, b.hour) || compare(a.version ?? '', b.version ?? '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function held(one: StoredLine, bytes: number): StoredLine {
  const line = one.bytes.length <= bytes ? undefined : decoded(one);
  return line === undefined ? one : { ...one, bytes: Buffer.from(encodeLine(line, bytes)).toString('latin1') };
}

function length(lines: readonly StoredLine[]): number {
  return lines.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function written(lines: readonly StoredLine[]): Buffer {
  return Buffer.from(lines.map(({ bytes }) => bytes).join(''), 'latin1');
}
