import leven from 'leven';

/** Nobody misspells what is longer; comparing takes the product of the lengths. */
const LONGEST_WORD = 100;

/** "; did you mean X?" where a known name is close enough to be meant. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (word.length > LONGEST_WORD) return '';
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, word.length / 3) ? `; did you mean ${best.candidate}?` : '';
}
