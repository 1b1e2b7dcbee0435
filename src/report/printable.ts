/**
 * Text from logs as a terminal may show it: control characters, escapes, direction overrides and invisible characters as
 * `\u{…}`, at most `length` characters.
 */
export function printable(text: string, length = 80): string {
  const characters = [...text].map((character) => (HARMFUL.test(character) ? escapeOf(character) : character));
  if (text === '') return "''";
  return characters.length <= length ? characters.join('') : `${characters.slice(0, length - 1).join('')}…`;
}

/** Control, format, surrogate, private-use and unassigned characters, and line and paragraph separators. */
const HARMFUL = /[\p{C}\p{Zl}\p{Zp}]/u;

function escapeOf(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
}
