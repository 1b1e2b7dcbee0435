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

/** JSON of data from logs as a terminal may show it: the same document, its harmful characters as `\uXXXX`. */
export function printableJson(json: string): string {
  return json.replace(HARMFUL_IN_JSON, (characters) =>
    characters.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** The same but for the white space between tokens. */
const HARMFUL_IN_JSON = /[\p{Zl}\p{Zp}[\p{C}--[\n\r\t]]]/gv;

function escapeOf(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
}
