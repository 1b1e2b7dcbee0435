import type { CorpusMail } from './corpus.ts';
import { hashWords, type WordCounts } from './embedding.ts';
import { extractFeatures, type Features } from './features.ts';
import { parseMail } from './mail.ts';
import { type Random, shuffled } from './random.ts';
import { readable } from './readable.ts';

/** What the spam-detector keeps of a mail. */
export interface Sample extends Omit<CorpusMail, 'source'> {
  /** characters */
  readonly bodySize: number;
  readonly features: Features;
  readonly words: WordCounts;
  /** What the report calls the mail. */
  readonly subject: string;
}

export interface Samples {
  readonly training: readonly Sample[];
  /** Older mails that training does not see. */
  readonly heldOut: readonly Sample[];
  readonly later: readonly Sample[];
}

const HELD_OUT_SHARE = 0.25;

export function readSample({ source, ...rest }: CorpusMail): Sample {
  const mail = readable(parseMail(source));
  return {
    ...rest,
    bodySize: mail.bodySize,
    features: extractFeatures(mail),
    words: hashWords(mail),
    subject: mail.subject,
  };
}

/** Each part in an order of its own at random. */
export function splitSamples(samples: readonly Sample[], random: Random): Samples {
  const older = shuffled(
    samples.filter((sample) => sample.isOlder),
    random,
  );
  const later = shuffled(
    samples.filter((sample) => !sample.isOlder),
    random,
  );
  const heldOut = Math.round(older.length * HELD_OUT_SHARE);
  return { training: older.slice(heldOut), heldOut: older.slice(0, heldOut), later };
}
