import { createHash } from 'node:crypto';
import { z } from 'zod';
import { printableJson } from '../printable.ts';
import { MODEL_ID } from '../storage/layout.ts';

const count = z.int().min(0);
const figures = z.array(z.number().nullable());

/** Bytes of a stored line, its line feed included. */
export const LINE_BYTES = 2048;

/** One line of `drift-reports/<model>/history/<day>.jsonl`: what a run found, as far as trends need it. */
export const historyLineSchema = z
  .object({
    hour: z.iso.datetime().describe('start of the last hour of the window'),
    version: z.string().regex(MODEL_ID),
    status: z.enum(['drift', 'no-drift', 'insufficient-data', 'no-data']),
    driftScore: z.number().min(0).max(1),
    rows: count,
    windowHours: z.int().min(1),
    signals: count.describe('features, outputs and embeddings of the report'),
    drift: count.describe('of them with the verdict drift'),
    minor: count.describe('of them with the verdict minor'),
    alerts: z
      .object({ critical: count, warning: count, info: count.optional().describe('absent where there is none') })
      .describe('that the window shows, or that are open or pending besides'),
    skippedFiles: count.describe('that could not be read'),
    durationMs: z.number().describe('of the run'),
    startedAt: z.iso.datetime().describe('of the run'),
    baseline: z.string().describe('id'),
    moved: z
      .object({ names: z.array(z.string()), psi: figures, distance: figures })
      .describe(
        'signals that moved most, those with the verdict drift first, then minor: name, PSI and distance at the same position; ' +
          'as many as the line holds, figures with 4 digits, long names as historyName gives them',
      ),
    rest: z
      .object({ psi: z.number(), distance: z.number() })
      .nullable()
      .describe('the largest PSI and distance of the signals that are not in moved; null where all are'),
  })
  .meta({ title: 'drift-monitor history line', description: 'What one run found, as far as trends need it.' });

const summarySchema = historyLineSchema.omit({ moved: true });

export type HistoryLine = z.infer<typeof historyLineSchema>;

/** Bytes of a name in a line. */
const NAME_BYTES = 64;
const DIGEST = 8;

/**
 * A signal's name as history has it: itself, or where its JSON takes more than 64 bytes its beginning, `…` and 8 digits of its
 * SHA-256, so that names with the same beginning stay apart.
 */
export function historyName(name: string): string {
  return shortened(name, NAME_BYTES);
}

/** A name whose JSON takes at most so many bytes, well-formed. */
export function shortened(name: string, bytes: number): string {
  const well = name.toWellFormed();
  if (jsonBytes(well) <= bytes) return well;
  const tail = `…${createHash('sha256').update(name).digest('hex').slice(0, DIGEST)}`;
  let head = '';
  let length = jsonBytes(tail);
  for (const character of well) {
    length += jsonBytes(character);
    if (length > bytes) break;
    head += character;
  }
  return head + tail;
}

/** Without the quotes. */
function jsonBytes(text: string): number {
  return Buffer.byteLength(printableJson(JSON.stringify(text))) - 2;
}

/**
 * The line as it is stored, at most `bytes` long: signals that moved least are left out, and `rest` says how much they moved at
 * most. Repeated with fewer bytes it gives what it had given at once.
 */
export function encodeLine(line: HistoryLine, bytes = LINE_BYTES): string {
  const { names } = line.moved;
  // A name, two figures and what is between them take 8 bytes at least.
  let [fits, tooMany] = [0, Math.min(names.length, Math.floor(bytes / 8)) + 1];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (Buffer.byteLength(withSignals(line, middle)) <= bytes) fits = middle;
    else tooMany = middle;
  }
  return withSignals(line, fits);
}

function withSignals(line: HistoryLine, kept: number): string {
  const {
    moved: { names, psi, distance },
    rest,
    ...summary
  } = line;
  const largest = (figures: readonly (number | null)[], known: number | undefined) =>
    fourDigits(figures.slice(kept).reduce<number>((most, figure) => Math.max(most, figure ?? 0), known ?? 0));
  const isWhole = kept >= names.length;
  const trimmed: HistoryLine = {
    ...summary,
    moved: {
      names: names.slice(0, kept).map(historyName),
      psi: psi.slice(0, kept).map(rounded),
      distance: distance.slice(0, kept).map(rounded),
    },
    rest: isWhole ? rest : { psi: largest(psi, rest?.psi), distance: largest(distance, rest?.distance) },
  };
  return `${printableJson(JSON.stringify(trimmed))}\n`;
}

function rounded(figure: number | null): number | null {
  return figure === null ? null : fourDigits(figure);
}

function fourDigits(figure: number): number {
  return Number(figure.toPrecision(4));
}

/** Names by themselves: 8,760 lines name the same 50 signals, and one text of each is kept. */
export type KnownNames = Map<string, string>;

/** Undefined for what is no line that this program reads. */
export function decodeLine(text: string, known: KnownNames = new Map()): HistoryLine | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = summarySchema.safeParse(document);
  const moved = typeof document === 'object' && document !== null && 'moved' in document ? document.moved : undefined;
  if (!parsed.success || !isMoved(moved)) return undefined;
  moved.names = moved.names.map((name) => sameText(name, known));
  return Object.assign(parsed.data, { moved });
}

function sameText(name: string, known: KnownNames): string {
  const found = known.get(name);
  if (found === undefined) known.set(name, name);
  return found ?? name;
}

/** Not by the schema, which would copy 50 names and 100 figures of each of 8,760 lines. */
function isMoved(moved: unknown): moved is HistoryLine['moved'] {
  if (typeof moved !== 'object' || moved === null) return false;
  const { names, psi, distance } = moved as Partial<Record<keyof HistoryLine['moved'], unknown>>;
  if (!Array.isArray(names) || !isFigures(psi, names.length) || !isFigures(distance, names.length)) return false;
  return names.every((name) => typeof name === 'string');
}

function isFigures(figures: unknown, length: number): boolean {
  const isFigure = (figure: unknown) => figure === null || typeof figure === 'number';
  return Array.isArray(figures) && figures.length === length && figures.every(isFigure);
}
