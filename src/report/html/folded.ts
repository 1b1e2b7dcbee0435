import { numberInWords } from '../../drift/words.ts';
import type { Signal, Verdict } from '../signals.ts';
import { counted, pValue } from '../words.ts';
import { type Html, html } from './markup.ts';
import { sentence } from './sentence.ts';
import { named, verdictTag } from './words.ts';

/** A line a signal, without charts: what is unremarkable, and what stands behind the last chart. */
export function signalTable(label: string, signals: readonly Signal[]): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table><caption>${label}. Distance: Kolmogorov-Smirnov’s, for categories the largest change of a share</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Verdict</th><th scope="col" class="num">PSI</th><th scope="col" class="num">Distance</th><th scope="col" class="num">p, adjusted</th><th scope="col" class="hide-small">In words</th></tr></thead>
<tbody>${signals.map(
    ({ name, verdict, psi, distance, adjustedPValue, reasons }) =>
      html`<tr><th scope="row">${named(name)}</th><td>${verdictTag(verdict)}</td><td class="num">${numberInWords(psi.value)}</td><td class="num">${numberInWords(distance.value)}</td><td class="num">${pValue(adjustedPValue)}</td><td class="hide-small">${sentence(withoutFigures(reasons[0] ?? ''))}</td></tr>
`,
  )}</tbody></table></div>`;
}

/** `no evidence of a change: PSI 0.01, …` has its figures in the columns beside it. */
function withoutFigures(reason: string): string {
  return /^([^:']{1,80}): (PSI|cosine|norm) /.exec(reason)?.[1] ?? reason;
}

/** The features with a verdict, closed; undefined where there is none. */
export function folded(what: string, signals: readonly Signal[], verdict: Verdict): Html | undefined {
  const some = signals.filter((signal) => signal.verdict === verdict);
  if (some.length === 0) return undefined;
  const title = `${counted(some.length, 'feature')} ${what}`;
  return html`<details><summary>${title}</summary>${signalTable(title, some)}</details>`;
}
