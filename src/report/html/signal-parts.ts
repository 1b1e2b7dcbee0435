import { numberInWords } from '../../drift/words.ts';
import { movedRanges } from '../evidence.ts';
import type { Report } from '../schema.ts';
import type { Signal, SignalKind } from '../signals.ts';
import { count, instant } from '../words.ts';
import { embeddingCard } from './embedding-card.ts';
import { folded, signalTable } from './folded.ts';
import type { ReportHistory } from './history.ts';
import { anchor, type Html, html } from './markup.ts';
import { sentence } from './sentence.ts';
import { signalCard, smallCard } from './signal-card.ts';
import { named, share, verdictTag } from './words.ts';

/** Features with a chart of their own, so that a page stays small whatever drifts; what comes after them has a line. */
const CARDS = 100;
const IN_SUMMARY = 8;

const LEGEND = html`<p class="small soft"><span class="key base"></span>training data <span class="key now"></span>window</p>`;

/** A part of the page with its place in the list of parts. */
export interface Part {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

const KINDS = [
  { kind: 'feature', id: 'features', title: 'Features' },
  { kind: 'output', id: 'outputs', title: 'Outputs' },
  { kind: 'embedding', id: 'embeddings', title: 'Embeddings' },
] as const satisfies readonly { kind: SignalKind; id: string; title: string }[];

/** A part for each kind of signal. Features that did not move are folded; the few outputs and embeddings are all shown. */
export function signalParts(
  { settings }: Report,
  sorted: readonly Signal[],
  history: ReportHistory | undefined,
): Part[] {
  return KINDS.flatMap(({ kind, id, title }): Part[] => {
    const all = sorted.filter((signal) => signal.kind === kind);
    if (all.length === 0) return [];
    const shown = kind === 'feature' ? all.filter(isNotable) : all;
    const cards = shown.slice(0, CARDS);
    const more = shown.slice(CARDS);
    const small = cards.filter(isSmall);
    const others = kind === 'feature' ? all.filter((signal) => !isNotable(signal)) : [];
    const cardOf = (signal: Signal) => card(signal, idOf(sorted, signal), settings, history);
    const content = html`<section aria-labelledby="${id}"><div class="heading"><h2 id="${id}">${title}</h2>${LEGEND}</div>
${cards.filter((signal) => !isSmall(signal)).map(cardOf)}
${small.length > 0 ? html`<div class="small-cards">${small.map(cardOf)}</div>` : undefined}
${more.length > 0 ? signalTable(`${count(more.length)} more that moved, less than those above`, more) : undefined}
${folded('with too few rows', others, 'insufficient-data')}
${folded('unremarkable', others, 'none')}</section>
`;
    return [{ id, title: `${title} (${count(all.length)})`, content }];
  });
}

function isNotable({ verdict }: Signal): boolean {
  return verdict === 'drift' || verdict === 'minor';
}

function isSmall({ kind, verdict }: Signal): boolean {
  return kind === 'feature' && verdict === 'minor';
}

/** Names come from logs and are no ids; places in the order of importance are. */
function idOf(sorted: readonly Signal[], signal: Signal): string {
  return `signal-${sorted.indexOf(signal) + 1}`;
}

function card(signal: Signal, id: string, settings: Report['settings'], history: ReportHistory | undefined): Html {
  const points = history?.psi.get(signal.name);
  if (signal.kind === 'embedding') return embeddingCard({ id, entry: signal.entry, settings, history: points });
  return (isSmall(signal) ? smallCard : signalCard)({ id, entry: signal.entry, settings, history: points });
}

/** The signals that moved most, and since when; undefined where none did. */
export function whatMoved(
  report: Report,
  sorted: readonly Signal[],
  history: ReportHistory | undefined,
): Html | undefined {
  const moved = sorted.filter(isNotable);
  if (moved.length === 0) return undefined;
  const shown = moved.slice(0, IN_SUMMARY);
  const since = sinceWhen(report, history);
  const more = moved.length - shown.length;
  const rows = shown.map((signal) => {
    const { verdict, name, psi, distance } = signal;
    return html`<tr><th scope="row"><a href="${anchor(idOf(sorted, signal))}">${named(name)}</a></th><td>${verdictTag(verdict)}</td><td>${since(signal) ?? '–'}</td><td class="num hide-small">${numberInWords(psi.value)}</td><td class="num hide-small">${numberInWords(distance.value)}</td><td class="hide-small">${whatChanged(signal)}</td></tr>`;
  });
  const table = html`<div class="scroll"><table><thead><tr><th scope="col">Signal</th><th scope="col">Verdict</th><th scope="col">Since (UTC)</th><th scope="col" class="num hide-small">PSI</th><th scope="col" class="num hide-small">Distance</th><th scope="col" class="hide-small">What changed</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section class="card" aria-labelledby="moved"><h2 id="moved">What moved</h2>${table}${more > 0 ? html`<p class="small soft">… and ${count(more)} more below.</p>` : undefined}</section>`;
}

/** The first reason that tells of values, else the range that did most: limits and p-values stand in the figures. */
function whatChanged({ reasons, entry }: Signal): Html {
  const told = reasons.find(
    (reason) => !/\((drift|minor) from |after adjustment|^its own thresholds|^and \d+ more of its/.test(reason),
  );
  if (told !== undefined) return sentence(told);
  const [range] = 'histogram' in entry && 'edges' in entry.histogram ? movedRanges(entry.histogram) : [];
  if (range === undefined) return sentence(reasons[0] ?? '');
  return html`${range.what}: ${share(range.baseline)} → ${share(range.window)}`;
}

/** By its alert, else by history. */
function sinceWhen({ alerts, run }: Report, history: ReportHistory | undefined) {
  const standing = new Map((run.alerts ?? []).map(({ id, since }) => [id, since]));
  const bySignal = new Map(
    alerts.flatMap(({ id, rule, signal }) => {
      const since = rule === 'signal-drift' ? standing.get(id) : undefined;
      return since === undefined ? [] : [[signal, since] as const];
    }),
  );
  return ({ name, verdict }: Signal): string | undefined => {
    if (verdict !== 'drift') return undefined;
    const known = bySignal.get(name);
    if (known !== undefined) return instant(known);
    const since = history?.since.get(name);
    if (since === undefined) return undefined;
    return `${since.mayBeLonger ? 'before ' : ''}${instant(new Date(since.hour).toISOString())}`;
  };
}
