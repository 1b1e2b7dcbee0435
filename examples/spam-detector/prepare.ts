/**
 * The demo's data: trains the spam-detector on older mails, stores its training data, and logs a day of predictions of which
 * the second half is about later mails.
 *
 *     node examples/spam-detector/prepare.ts [--storage-url file:./drift-data]
 */
import { parseArgs } from 'node:util';
import { encodeParquet } from 'drift-monitor/parquet';
import { openStore } from 'drift-monitor/storage';
import { readCorpus } from './corpus.ts';
import { withProgress } from './progress.ts';
import { seededRandom } from './random.ts';
import { REPLAY_START, REPLAYED_DAY, replay } from './replay.ts';
import { readSample, type Sample, splitSamples } from './samples.ts';
import { HOUR_MS, spread } from './schedule.ts';
import { accuracy, MODEL_NAME, MODEL_VERSION, type SpamDetector, trainSpamDetector } from './spam-detector.ts';

const TRAINING_DATA = `training-data/${MODEL_NAME}/${MODEL_VERSION}/part-0.parquet`;
const SPLIT_SEED = 1;
const PROJECTION_SEED = 2;
const HALF_DAY = 12;

const { values } = parseArgs({ options: { 'storage-url': { type: 'string', default: 'file:./drift-data' } } });
const store = await openStore(values['storage-url']);

const corpus = await withProgress('Loading the mails', 1, readCorpus);
const samples = await withProgress('Measuring features of the mails', corpus.length, (advance) =>
  corpus.map((mail) => {
    advance();
    return readSample(mail);
  }),
);
const { training, heldOut, later } = splitSamples(samples, seededRandom(SPLIT_SEED));
const detector = await withProgress('Training the spam-detector', 1, () =>
  trainSpamDetector(training, seededRandom(PROJECTION_SEED)),
);
await withProgress('Storing the training data', 1, async () =>
  store.put(TRAINING_DATA, await encodeParquet(training.map((sample) => trainingRow(sample, detector)))),
);
const hours = [
  ...spread(heldOut, REPLAY_START, HALF_DAY),
  ...spread(later, REPLAY_START + HALF_DAY * HOUR_MS, HALF_DAY),
];
await withProgress('Logging a day of predictions', hours.length, (advance) => replay(store, hours, detector, advance));

console.log(
  `${MODEL_NAME} ${MODEL_VERSION}: trained on ${count(training)} older mails
  right on ${percent(accuracy(detector, heldOut))} of ${count(heldOut)} other older mails (hours 00-11 of ${REPLAYED_DAY})
  right on ${percent(accuracy(detector, later))} of ${count(later)} later mails (hours 12-23)
  stored in ${store.url}`,
);

/** Predictions of training mails are the reference for those that are logged. */
function trainingRow(sample: Sample, detect: SpamDetector): Record<string, unknown> {
  const { prediction, confidence, bodyEmbedding } = detect(sample);
  return { ...sample.features, body_embedding: bodyEmbedding, prediction, confidence, label: sample.label };
}

function count(mails: readonly Sample[]): string {
  return mails.length.toLocaleString('en');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
