import type { Baseline, BaselineColumn, BaselineKind } from '../baseline/baseline.ts';
import { isRecordColumn, type RecordColumns } from '../config/record-columns.ts';
import type { ColumnSettings } from '../config/settings.ts';
import type { Window } from '../inference-log/partitions.ts';
import type { CategoricalProfile } from '../profile/categorical.ts';
import type { UnreadableColumn } from '../profile/hour-profile.ts';
import { absentRows, finiteRows, type NumericProfile, presentRows } from '../profile/numeric.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import type { WindowProfile } from '../profile/read-windows.ts';
import type { ColumnSightings } from '../profile/sightings.ts';
import type { SourceKind } from '../scan/source-columns.ts';
import { rowsInWords } from './words.ts';

export const FINDING_CODES = [
  'unreadable-file',
  'unreadable-column',
  'missing-column',
  'new-column',
  'type-changed',
  'repeated-column',
  'all-missing',
  'constant-column',
  'nan-values',
  'infinite-values',
  'unseen-values',
  'unusable-vectors',
  'baseline-hours',
] as const;

/** Something about the logs that a person should know, whether or not it is drift. */
export interface Finding {
  readonly code: (typeof FINDING_CODES)[number];
  readonly column?: string;
  /** Object key of the file that it is about. */
  readonly file?: string;
  readonly message: string;
}

/** What is odd about a window's files and columns, in the order: files, the baseline's columns, new columns. */
export function findingsOf(
  baseline: Baseline,
  span: Window,
  window: WindowProfile,
  overrides: Readonly<Record<string, ColumnSettings>>,
  record: RecordColumns,
): Finding[] {
  const unreadable = window.skipped.map(
    ({ key, cause }): Finding => ({ code: 'unreadable-file', file: key, message: `${key} was left out: ${cause}` }),
  );
  if (window.profile.rows === 0) return unreadable;
  unreadable.push(...unreadableColumns(window.skippedColumns), ...ownHours(baseline, span));
  const known = baseline.columns.flatMap((column, index) => [
    ...schemaFindings(column, window, overrides),
    ...valueFindings(column, window.profile.columns[index]),
  ]);
  const expected = new Set([
    ...baseline.columns.map(({ spec }) => spec.name),
    ...baseline.leftOut.map(({ name }) => name),
  ]);
  const added = [...window.seen]
    .filter(([name]) => !expected.has(name) && !isRecordColumn(record, name))
    .filter(([name]) => !(Object.hasOwn(overrides, name) && overrides[name]?.type === 'ignore'))
    .map(([name, { types }]): Finding => {
      const message = `column '${name}' (${[...types].join(', ')}) is not in the baseline and is not watched`;
      return { code: 'new-column', column: name, message };
    });
  return [...unreadable, ...known, ...added];
}

/** One finding a column, whatever the number of files. */
function unreadableColumns(skipped: readonly UnreadableColumn[]): Finding[] {
  return [...Map.groupBy(skipped, ({ name }) => name)].flatMap(([name, columns]): Finding[] => {
    const [first] = columns;
    if (first === undefined) return [];
    const others =
      columns.length > 1
        ? ` (and of ${columns.length === 2 ? '1 other file' : `${columns.length - 1} other files`})`
        : '';
    const message = `column '${name}' of ${first.key}${others} was left out: ${first.cause}; its rows count as missing`;
    return [{ code: 'unreadable-column', column: name, file: first.key, message }];
  });
}

/** One half of a baseline's rows chooses what is counted on the other: to a window that holds both it does not compare. */
function ownHours({ fromLogs, columns }: Baseline, { from, to }: Window): Finding[] {
  if (fromLogs === undefined || columns.every(({ type }) => type === 'numeric')) return [];
  if (Date.parse(fromLogs.to) <= from || Date.parse(fromLogs.from) >= to) return [];
  const message =
    `the baseline was made from logs of this window (${fromLogs.from} to ${fromLogs.to}): what half of its rows have chosen fits ` +
    'these rows too well, above all in embeddings; judge other hours';
  return [{ code: 'baseline-hours', message }];
}

function schemaFindings(
  { spec: { name }, type, kind, source }: BaselineColumn,
  { seen, filesWithRows }: WindowProfile,
  overrides: Readonly<Record<string, ColumnSettings>>,
): Finding[] {
  const sighting = seen.get(name);
  const findings: Finding[] = [];
  const lacking = filesWithRows - (sighting?.files ?? 0);
  if (lacking > 0) {
    const where = sighting === undefined ? 'every file' : `${lacking} of ${filesWithRows} files`;
    const message = `column '${name}' is absent from ${where}; its rows count as missing`;
    findings.push({ code: 'missing-column', column: name, message });
  }
  if (sighting === undefined) return findings;
  const overridden = Object.hasOwn(overrides, name) && overrides[name]?.type !== undefined;
  if (!overridden && hasOtherType(kind, sighting)) {
    const consequence =
      type === 'categorical'
        ? 'values are compared by their text'
        : 'values that cannot be read as before count as missing';
    const message = `column '${name}' was ${source} in the training data and is ${[...sighting.types].join(', ')} in the logs; ${consequence}`;
    findings.push({ code: 'type-changed', column: name, message });
  }
  if (sighting.repeated > 0) {
    const message = `column '${name}' occurs more than once in ${sighting.repeated} files; the first one counts`;
    findings.push({ code: 'repeated-column', column: name, message });
  }
  return findings;
}

function hasOtherType(kind: BaselineKind, { kinds }: ColumnSightings): boolean {
  const family = (of: SourceKind) => (of === 'binary' ? 'text' : of);
  return [...kinds].some((seen) => seen !== 'null' && family(seen) !== family(kind));
}

function valueFindings(column: BaselineColumn, window: ColumnProfile | undefined): Finding[] {
  const { name } = column.spec;
  if (column.type === 'numeric' && window?.type === 'numeric') return numericFindings(name, column.profile, window);
  if (column.type === 'categorical' && window?.type === 'categorical') {
    return categoricalFindings(name, column.profile, window, column.spec.complete);
  }
  if (window?.type === 'embedding') {
    if (window.rows === 0 && window.unusable === 0) return [allMissing(name)];
    if (window.unusable === 0) return [];
    const message = `column '${name}': no usable vector in ${rowsInWords(window.unusable)} (another length, null, NaN or infinity inside, or all zero)`;
    return [{ code: 'unusable-vectors', column: name, message }];
  }
  return [];
}

function allMissing(name: string): Finding {
  return { code: 'all-missing', column: name, message: `column '${name}': every value is missing` };
}

function numericFindings(name: string, baseline: NumericProfile, window: NumericProfile): Finding[] {
  const findings: Finding[] = [];
  if (presentRows(window) === 0 && absentRows(window) > 0 && window.nan === 0) findings.push(allMissing(name));
  const finite = finiteRows(window);
  if (finite > 1 && window.min === window.max && baseline.min !== baseline.max) {
    const message = `column '${name}': every value is ${window.min}, which the training data's were not`;
    findings.push({ code: 'constant-column', column: name, message });
  }
  if (window.nan > 0) {
    findings.push({ code: 'nan-values', column: name, message: `column '${name}': ${valuesAre(window.nan)} NaN` });
  }
  const infinite = window.negativeInfinity + window.positiveInfinity;
  if (infinite > 0) {
    const message = `column '${name}': ${valuesAre(infinite)} infinite`;
    findings.push({ code: 'infinite-values', column: name, message });
  }
  return findings;
}

function categoricalFindings(
  name: string,
  baseline: CategoricalProfile,
  window: CategoricalProfile,
  complete: boolean,
): Finding[] {
  const sizes = (profile: CategoricalProfile) => [...profile.counts, profile.rare, profile.unseen].filter((n) => n > 0);
  const present = sizes(window);
  if (present.length === 0 && window.missing > 0) return [allMissing(name)];
  const findings: Finding[] = [];
  const single = window.unseen > 0 ? window.examples.length === 1 : window.rare === 0;
  if (present.length === 1 && single && (present[0] ?? 0) > 1 && sizes(baseline).length > 1) {
    const message = `column '${name}': every value is the same, which the training data's were not`;
    findings.push({ code: 'constant-column', column: name, message });
  }
  if (window.unseen > 0 && complete) {
    const examples = window.examples.slice(0, 5).map(({ value, count }) => `'${value}' (${count})`);
    const message = `column '${name}': values that the training data does not hold in ${rowsInWords(window.unseen)}: ${examples.join(', ')}`;
    findings.push({ code: 'unseen-values', column: name, message });
  }
  return findings;
}

function valuesAre(count: number): string {
  return count === 1 ? '1 value is' : `${count} values are`;
}
