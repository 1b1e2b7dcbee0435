import { decodeWords, header, type Mail } from './mail.ts';

/** What a reader and a browser see of a mail; the features are measured on this. */
export interface ReadableMail extends Mail {
  readonly subject: string;
  /** HTML source of all HTML parts; empty in a plain mail. */
  readonly html: string;
  /** The text parts; where there are none, the text of the HTML parts. */
  readonly text: string;
  readonly lines: readonly string[];
  readonly words: readonly string[];
  /** Web addresses in the HTML source or, in a plain mail, in the text. */
  readonly urls: readonly string[];
}

const WORD = /\p{L}[\p{L}'’]*/gu;
const WEB_ADDRESS = /\bhttps?:\/\/[^\s"'<>()[\]]+/gi;

export function readable(mail: Mail): ReadableMail {
  const textOf = (type: string) =>
    mail.parts
      .filter((part) => !part.isAttachment && part.type === type)
      .map((part) => part.text)
      .join('\n');
  const html = textOf('text/html');
  const plain = textOf('text/plain');
  const text = plain.trim() === '' ? htmlToText(html) : plain;
  return {
    ...mail,
    subject: decodeWords(header(mail.headers, 'subject')),
    html,
    text,
    lines: text.split('\n'),
    words: text.match(WORD) ?? [],
    urls: (html === '' ? text : html).match(WEB_ADDRESS) ?? [],
  };
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['nbsp', ' '],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
]);

/** The text between the tags: enough for counting words, no layout. */
export function htmlToText(html: string): string {
  return html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<(script|style|title)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(/[^\S ]+/g, ' ')
    .replace(/<(?:br|\/?(?:p|div|tr|table|li|ul|ol|h\d|hr))\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#\d+|[a-z]+);?/gi, (whole, name: string) => entity(name) ?? whole);
}

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES.get(name.toLowerCase());
  const code = Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
