import { printable } from '../../printable.ts';
import { fromRightToLeft } from '../text-direction.ts';
import { type Html, html } from './markup.ts';

/** Longer sentences lose their middle: what they say stands at their ends, and what fills them came from a log. */
const LONGEST = 400;

/**
 * A sentence with text from logs in it. It runs from left to right; what has letters that run from right to left does so for
 * itself, so that it turns no number around beside it.
 */
export function sentence(text: string, length = LONGEST): Html {
  const parts = fromRightToLeft(withoutMiddle(text, length));
  return html`${parts.map(({ text, isIsolated }) => (isIsolated ? html`<bdi>${text}</bdi>` : text))}`;
}

/** Printable text of at most `length` characters, cut in the middle. */
export function withoutMiddle(text: string, length: number): string {
  // A character is one or two units, and is printed as at most ten.
  const isShort = text.length <= 4 * length;
  const [head, tail] = isShort ? [text, ''] : [text.slice(0, 2 * length), text.slice(-2 * length)];
  const characters = [...printable(head, Number.POSITIVE_INFINITY)];
  if (isShort && characters.length <= length) return characters.join('');
  const last = isShort ? characters : [...printable(tail, Number.POSITIVE_INFINITY)];
  const kept = Math.floor((length - 1) / 2);
  return `${characters.slice(0, length - 1 - kept).join('')}…${last.slice(-kept).join('')}`;
}
