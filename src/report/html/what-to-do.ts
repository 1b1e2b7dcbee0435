import type { Finding } from '../../drift/findings.ts';
import type { Report } from '../schema.ts';
import type { Signal } from '../signals.ts';
import { counted } from '../words.ts';
import { anchor, type Html, html } from './markup.ts';
import { listed, named } from './words.ts';

/** The signals of a report that deserve a look, by importance. */
export interface Notable {
  readonly drifted: readonly Signal[];
  readonly minor: readonly Signal[];
}

/** Findings that are no change of the world, but of how it is written down. */
const OF_THE_PIPELINE: ReadonlySet<Finding['code']> = new Set([
  'unreadable-file',
  'unreadable-column',
  'missing-column',
  'type-changed',
  'repeated-column',
  'all-missing',
  'constant-column',
]);

const NAMED = 3;

/** What to do now, the most urgent first; from the report alone. */
export function whatToDo(report: Report, { drifted, minor }: Notable): Html {
  const steps = [
    ...dataSteps(report, drifted),
    ...(drifted.length > 0 ? driftSteps(report, drifted) : []),
    ...(report.status === 'no-drift' ? [quietStep(minor)] : []),
    ...otherFindings(report, drifted),
  ];
  const [only, ...others] = steps;
  if (only !== undefined && others.length === 0) return html`<p>${only}</p>`;
  return html`<ol>${steps.map((step) => html`<li>${step}</li>`)}</ol>`;
}

function dataSteps({ status, rows, inputs, settings, findings }: Report, drifted: readonly Signal[]): Html[] {
  const steps: Html[] = [];
  if (status === 'no-data') {
    const files = counted(inputs.files, 'file');
    const what =
      inputs.files === 0
        ? 'there is no log file in the window'
        : `the ${files} in it ${inputs.files === 1 ? 'holds' : 'hold'} none`;
    steps.push(html`See whether the service is up and its logs arrive: ${what}.`);
  }
  if (status === 'insufficient-data' && rows < settings.minSamples) {
    steps.push(
      html`Wait for more rows, or look at a longer window: <code>--window-hours ${2 * settings.analysisWindowHours}</code>.`,
    );
  } else if (status === 'insufficient-data') {
    steps.push(html`Make the baseline from more training data: <code>drift-monitor baseline generate</code>.`);
  }
  const broken = brokenData(findings, drifted);
  if (broken.length > 0) {
    steps.push(
      html`Repair the data first: <a href="${anchor('findings')}">${counted(broken.length, 'finding')}</a> about files or drifted columns ${broken.length === 1 ? 'points' : 'point'} at how the logs are written, and no retraining helps against that.`,
    );
  }
  return steps;
}

/** Findings that may be why something drifted. */
function brokenData(findings: Report['findings'], drifted: readonly Signal[]): Report['findings'] {
  const names = new Set(drifted.map(({ name }) => name));
  return findings.filter(
    ({ code, column }) => OF_THE_PIPELINE.has(code) && (column === undefined || names.has(column)),
  );
}

function otherFindings({ findings }: Report, drifted: readonly Signal[]): Html[] {
  const others = findings.length - brokenData(findings, drifted).length;
  return others === 0
    ? []
    : [html`Read the <a href="${anchor('findings')}">${counted(others, 'finding')}</a> about files and columns.`];
}

function driftSteps({ model, outputs }: Report, drifted: readonly Signal[]): Html[] {
  const inputs = drifted.filter(({ kind }) => kind !== 'output').slice(0, NAMED);
  const moved = outputs.filter(({ verdict }) => verdict === 'drift');
  const steps: Html[] = [];
  if (inputs.length > 0) {
    const what = listed(inputs.map(({ name }) => named(name)));
    steps.push(html`Find out what changed ${what}: the world, or the way that it is measured and logged.`);
  }
  if (moved.length > 0) {
    const which = listed(moved.map(({ name }) => named(name)));
    steps.push(
      html`The model answers differently (${which}): compare its answers with what turned out to be true, and tell those who rely on it.`,
    );
  } else if (outputs.length > 0) {
    steps.push(answersStep(outputs));
  }
  steps.push(
    html`If the world changed, retrain on newer data, then make a new baseline: <code>drift-monitor retrain trigger --model-name ${model.name} --model-version ${model.version}</code>.`,
    html`If it is known and harmless: <code>drift-monitor alerts list --model-name ${model.name}</code>, then <code>alerts ack</code> or <code>alerts silence</code>.`,
  );
  return steps;
}

/** What is known of the answers where none of them drifted; that they are right is not. */
function answersStep(outputs: Report['outputs']): Html {
  const minor = outputs.filter(({ verdict }) => verdict === 'minor').slice(0, NAMED);
  if (minor.length > 0) {
    const which = listed(minor.map(({ name }) => named(name)));
    return html`The model’s answers changed a little (${which}): compare them with what turned out to be true.`;
  }
  if (outputs.some(({ verdict }) => verdict === 'insufficient-data')) {
    return html`Whether the model’s answers moved is not known for all of them: there are too few rows. Compare them with what turned out to be true.`;
  }
  return html`No output of the model moved by an amount worth acting on; whether its answers are still right only what turned out to be true can tell.`;
}

function quietStep(minor: readonly Signal[]): Html {
  return minor.length === 0
    ? html`Nothing has to be done about the distributions.`
    : html`Nothing has to be done about the distributions; look again if the small changes grow.`;
}
