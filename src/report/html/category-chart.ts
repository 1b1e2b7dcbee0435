import { printable } from '../../printable.ts';
import type { Feature } from '../signals.ts';
import { counted } from '../words.ts';
import { type Html, html } from './markup.ts';
import { share } from './words.ts';

type CategoricalFeature = Extract<Feature, { type: 'categorical' }>;

const SHOWN = 8;

/** A table of the most frequent values with a pair of bars in each row: it is its own text. */
export function categoryChart({ histogram, rows, missing }: CategoricalFeature): Html {
  const { values, baseline, window, other } = histogram;
  const shares = (before: number, now: number) => ({
    before: before / Math.max(1, rows.baseline),
    now: now / Math.max(1, rows.window),
  });
  const all = values.map((value, index) => ({
    value: html`<bdi>${printable(value, 60)}</bdi>`,
    ...shares(baseline[index] ?? 0, window[index] ?? 0),
  }));
  const shown = all.slice(0, SHOWN);
  const rest = all
    .slice(SHOWN)
    .reduce(
      (sum, { before, now }) => ({ before: sum.before + before, now: sum.now + now }),
      shares(other.baseline, other.window),
    );
  if (rest.before > 0 || rest.now > 0) {
    const more = all.length - shown.length;
    const isAll = other.baseline === 0 && other.window === 0;
    const what = isAll ? counted(more, 'other value') : 'all other values';
    shown.push({ value: html`<i>${what}</i>`, ...rest });
  }
  if ((missing.baseline ?? 0) > 0 || (missing.window ?? 0) > 0) {
    shown.push({ value: html`<i>missing</i>`, before: missing.baseline ?? 0, now: missing.window ?? 0 });
  }
  const largest = Math.max(1e-9, ...shown.flatMap(({ before, now }) => [before, now]));
  const width = (part: number) => Math.round((1000 * part) / largest) / 10;
  return html`<table class="shares">
<thead><tr><th scope="col">Value</th><td></td><th scope="col" class="num">Training</th><th scope="col" class="num">Window</th></tr></thead>
<tbody>${shown.map(
    ({ value, before, now }) => html`<tr><th scope="row">${value}</th>
<td><svg class="bars" viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true"><rect class="b" y="1" width="${width(before)}" height="7"/><rect class="n" y="10" width="${width(now)}" height="7"/></svg></td>
<td class="num">${share(before)}</td><td class="num">${share(now)}</td></tr>`,
  )}</tbody></table>`;
}
