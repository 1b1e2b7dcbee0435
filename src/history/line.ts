import { createHash } from 'node:crypto';
import { z } from 'zod';
import { printableJson } from '../printable.ts';

const count = z.int().min(0);
const figures = z.array(z.number().nullable());

/** Bytes of a stored line, its line feed included. */
export const LINE_BYTES = 2048;

/** One line of `drift-reports/<model>/history/<day>.jsonl`: what a run found, as far as trends need it. */
export const historyLineSchema = z.object({
  hour: z.iso.datetime().describe('start of the last hour of the window'),
  version: z.string(),
  status: z.enum(['drift', 'no-drift', 'insufficient-data', 'no-data']),
  driftScore: z.number().min(0).max(1),
  rows: count,
  windowHours: z.int().min(1),
  signals: count.describe('features, outputs and embeddings of the report'),
  drift: count.describe('of them with the verdict drift'),
  minor: count.describe('of them with the verdict minor'),
  alerts: z.object({ critical: count, warning: count }).describe('conditions that the window fulfils'),
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
});

export type HistoryLine = z.infer<typeof historyLineSchema>;

/** Bytes of a name in a line. */
const NAME_BYTES = 64;
const DIGEST = 8;

/**
 * A signal's name as history has it: itself, or where its JSON takes more than 64 bytes its beginning, `…` and 8 digits of its
 * SHA-256, so that names with the same beginning stay apart.
 */
export function historyName(name: string): string {
  const well = name.toWellFormed();
  if (jsonBytes(well) <= NAME_BYTES) return well;
  const tail = `…${createHash('sha256').update(name).digest('hex').slice(0, DIGEST)}`;
  let head = '';
  for (const character of well) {
    if (jsonBytes(head + character + tail) > NAME_BYTES) break;
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
  const { names, psi, distance } = line.moved;
  const largest = (figures: readonly (number | null)[], known: number | undefined) =>
    fourDigits(figures.slice(kept).reduce<number>((most, figure) => Math.max(most, figure ?? 0), known ?? 0));
  const isWhole = kept >= names.length;
  const trimmed: HistoryLine = {
    ...line,
    moved: {
      names: names.slice(0, kept).map(historyName),
      psi: psi.slice(0, kept).map(rounded),
      distance: distance.slice(0, kept).map(rounded),
    },
    rest: isWhole ? line.rest : { psi: largest(psi, line.rest?.psi), distance: largest(distance, line.rest?.distance) },
  };
  return `${printableJson(JSON.stringify(trimmed))}\n`;
}

function rounded(figure: number | null): number | null {
  return figure === null ? null : fourDigits(figure);
}

function fourDigits(figure: number): number {
  return Number(figure.toPrecision(4));
}

/** Undefined for what is no line that this program reads. */
export function decodeLine(text: string): HistoryLine | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = historyLineSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const { names, psi, distance } = parsed.data.moved;
  return names.length === psi.length && names.length === distance.length ? parsed.data : undefined;
}
