import { type Embed, randomEmbedding } from './embedding.ts';
import { type Model, trainModel } from './model.ts';
import { hash32, type Random, seededRandom } from './random.ts';
import type { Sample } from './samples.ts';

export const MODEL_NAME = 'spam-detector';
export const MODEL_VERSION = 'v1';

/** What is logged beside the features, for people to recognise a mail by: the setting `rowNameColumn`. */
export const ROW_NAME_COLUMN = 'subject';

/** What an API would answer, and log. */
export interface Answer {
  readonly prediction: Sample['label'];
  /** Probability of the class predicted, 0.5…1. */
  readonly confidence: number;
  readonly latencyMs: number;
  readonly bodyEmbedding: Float32Array;
}

export type SpamDetector = (sample: Sample) => Answer;

/** The embedding does not enter the regression: it is there to be watched. */
export function trainSpamDetector(training: readonly Sample[], random: Random): SpamDetector {
  const isSpam = training.map((sample) => sample.label === 'spam');
  const embed: Embed = randomEmbedding(random);
  const model: Model = trainModel(
    training.map((sample) => sample.features),
    isSpam,
  );
  return (sample) => {
    const probability = model.probability(sample.features);
    return {
      prediction: probability >= 0.5 ? 'spam' : 'ham',
      confidence: Math.max(probability, 1 - probability),
      latencyMs: simulatedLatency(sample),
      bodyEmbedding: embed(sample.words),
    };
  };
}

/** Share of right predictions, 0…1. */
export function accuracy(detector: SpamDetector, samples: readonly Sample[]): number {
  return samples.filter((sample) => detector(sample).prediction === sample.label).length / samples.length;
}

/** A time measured would differ in every run; this one grows with the mail and wavers by half, the same in every run. */
function simulatedLatency({ id, bodySize }: Sample): number {
  const waver = 0.75 + seededRandom(hash32(id))() / 2;
  return (2 + bodySize / 4096) * waver;
}
