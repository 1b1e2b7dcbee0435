/** A part of a sentence; an isolated one has a direction of its own. */
export interface DirectedPart {
  readonly text: string;
  readonly isIsolated: boolean;
}

/** The blocks whose characters run from right to left unless they say otherwise (Unicode Standard Annex 9, table 4). */
const RTL = '[\\u0590-\\u08FF\\uFB1D-\\uFDFF\\uFE70-\\uFEFE\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}]';
/** What may stand between two words that run so: no other letter, and nothing that a sentence puts around a value. */
const BETWEEN = "[^\\p{L}':→…]{0,20}";

/** A value in quotes as a whole, else a run of words. */
const ISOLATED = new RegExp(
  `(?<=(?:^|[ (])')[^']{0,200}?${RTL}[^']{0,200}(?='(?:[ :;,.)]|$))|${RTL}+(?:${BETWEEN}${RTL}+)*`,
  'gu',
);

/** A sentence in parts: those with text that runs from right to left have to be isolated from the numbers beside them. */
export function fromRightToLeft(text: string): DirectedPart[] {
  const parts: DirectedPart[] = [];
  let from = 0;
  for (const { index, 0: found } of text.matchAll(ISOLATED)) {
    if (index > from) parts.push({ text: text.slice(from, index), isIsolated: false });
    parts.push({ text: found, isIsolated: true });
    from = index + found.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isIsolated: false });
  return parts;
}
