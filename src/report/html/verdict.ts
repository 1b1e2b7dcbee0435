import { numberInWords } from '../../drift/words.ts';
import type { Report } from '../schema.ts';
import { type Signal, signalsOf } from '../signals.ts';
import { capitalized, counted, isJudged, STATUS, scoreInWords, someOfAll, whyNotJudged } from '../words.ts';
import type { ReportHistory } from './history.ts';
import { type Html, html } from './markup.ts';
import { sparkline } from './sparkline.ts';
import { type Notable, whatToDo } from './what-to-do.ts';
import { listed, named } from './words.ts';

/** What a report says, in one sentence, and the score. */
export function verdictPart(report: Report, notable: Notable, history: ReportHistory | undefined): Html {
  const look = lookOf(report, notable);
  return html`<section class="card verdict edge-${look}" aria-labelledby="verdict"><div class="verdict-parts"><div>
${tagOf(look, report.status)}<h2 id="verdict" class="say">${sentence(report, notable)}</h2>
<h3>What to do</h3>${whatToDo(report, notable)}</div>
<div class="score">${score(report)}${
    history &&
    sparkline({
      what: 'Score',
      points: history.driftScore,
      threshold: report.settings.scoreCriticalThreshold,
      inWords: scoreInWords,
    })
  }</div></div></section>`;
}

type Look = 'drift' | 'minor' | 'none' | 'unsure';

function tagOf(look: Look, status: Report['status']): Html {
  switch (look) {
    case 'drift':
      return html`<span class="tag drift">▲ ${STATUS.drift}</span>`;
    case 'minor':
      return html`<span class="tag minor">△ ${STATUS['no-drift']}, small changes</span>`;
    case 'none':
      return html`<span class="tag none">✓ ${STATUS['no-drift']}</span>`;
    case 'unsure':
      return html`<span class="tag unsure">? ${STATUS[status]}</span>`;
  }
}

function lookOf({ status }: Report, { minor }: Notable): Look {
  if (status === 'drift') return 'drift';
  if (status !== 'no-drift') return 'unsure';
  return minor.length > 0 ? 'minor' : 'none';
}

const NAMED = 3;

function sentence(report: Report, { drifted, minor }: Notable): Html {
  const why = whyNotJudged(report);
  if (why !== undefined) return html`${why}`;
  const all = signalsOf(report);
  const parts = (some: readonly Signal[]) => listed(someOfAll(some, all).map((words) => html`${words}`));
  const names = (some: readonly Signal[]) => {
    const most = some.length > NAMED ? 'most of all ' : '';
    return html`${most}${listed(some.slice(0, NAMED).map(({ name }) => named(name)))}`;
  };
  if (drifted.length > 0) {
    const [first = '', ...others] = someOfAll(drifted, all);
    const beginning = listed([capitalized(first), ...others].map((words) => html`${words}`));
    return html`${beginning} drifted: ${names(drifted)}.`;
  }
  if (report.status === 'drift') return html`Drift was found.`;
  if (minor.length > 0) {
    return html`No drift: ${parts(minor)} changed a little, ${names(minor)}; not enough to act on.`;
  }
  if (all.length === 1) return html`No drift: the only signal did not move by an amount worth acting on.`;
  return html`No drift: nothing among ${counted(all.length, 'signal')} moved by an amount worth acting on.`;
}

const METER_WIDTH = 270;

function score({ driftScore, settings, status }: Report): Html {
  const { scoreCriticalThreshold, importance } = settings;
  if (!isJudged(status)) {
    return html`<p class="over">Drift score</p><b>–</b><p class="soft">Not known without a judgement.</p>`;
  }
  const at = (value: number) => Math.round(value * METER_WIDTH);
  const critical = at(scoreCriticalThreshold);
  const fill = driftScore === 0 ? 0 : Math.max(2, at(driftScore));
  const weights = importance === undefined ? '' : ', weighted by importance';
  return html`<p class="over">Drift score</p><b>${scoreInWords(driftScore)}</b>
<svg class="meter" viewBox="0 0 ${METER_WIDTH} 22" preserveAspectRatio="none" aria-hidden="true"><rect width="${METER_WIDTH}" height="12" y="5" rx="3" fill="var(--faint)" stroke="var(--line)"/><rect width="${fill}" height="12" y="5" rx="3" fill="var(--now)"/><path d="M${critical},1V21" stroke="var(--ink)" stroke-width="2"/></svg>
<p class="soft">of the window’s rows the training data cannot account for, by the worst signal${weights}; critical from ${numberInWords(scoreCriticalThreshold * 100)} %.</p>`;
}
