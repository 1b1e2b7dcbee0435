import { TextDecoder } from 'node:util';

/** A message as it came over the wire: RFC 5322 headers, and a body of MIME parts (RFC 2045, 2046) with text decoded. */
export interface Mail {
  readonly headers: Headers;
  /** The leaves of the MIME tree in order; a message without MIME is one `text/plain` part. */
  readonly parts: readonly Part[];
  /** characters (UTF-16 code units) of the body, before decoding */
  readonly bodySize: number;
}

/** Unfolded values by lower-case name, in the order in which they stand in the message. */
export type Headers = ReadonlyMap<string, readonly string[]>;

export interface Part {
  /** lower-case `type/subtype` */
  readonly type: string;
  readonly charset: string | undefined;
  readonly isAttachment: boolean;
  /** Decoded; empty for an attachment. */
  readonly text: string;
}

const DEEPEST_NESTING = 8;

/** Parses any text: broken headers, boundaries and encodings yield what can be read, never an error. */
export function parseMail(source: string): Mail {
  const text = source.replaceAll('\r\n', '\n').replace(/^From .*\n/, '');
  const { headers, body } = splitEntity(text);
  return { headers, parts: leavesOf(headers, body, 0), bodySize: body.length };
}

export function header(headers: Headers, name: string): string {
  return headers.get(name)?.[0] ?? '';
}

/** Decodes the encoded words of a header value (RFC 2047), such as `=?iso-8859-1?Q?Gr=FC=DFe?=`. */
export function decodeWords(value: string): string {
  return value
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(/=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi, (_whole, charset: string, kind: string, data: string) =>
      kind.toLowerCase() === 'b'
        ? decodeBytes(Buffer.from(data, 'base64'), charset)
        : decodeBytes(quotedPrintable(data.replaceAll('_', ' ')), charset),
    );
}

/** Lower-case `type/subtype` of a Content-Type value, or undefined where there is none. */
export function mediaType(contentType: string): string | undefined {
  return /^\s*([\w-]+\/[\w.+-]+)/.exec(contentType)?.[1]?.toLowerCase();
}

function splitEntity(text: string): { headers: Headers; body: string } {
  const blankLine = `\n${text}`.indexOf('\n\n');
  const end = blankLine < 0 ? text.length : blankLine;
  const headers = new Map<string, string[]>();
  const lines = text
    .slice(0, end)
    .replace(/\n[ \t]+/g, ' ')
    .split('\n');
  for (const line of lines) {
    const [, name, value = ''] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const values = headers.get(name.toLowerCase()) ?? [];
    values.push(value);
    headers.set(name.toLowerCase(), values);
  }
  return { headers, body: text.slice(end + 1) };
}

function leavesOf(headers: Headers, body: string, depth: number): Part[] {
  const contentType = header(headers, 'content-type');
  const type = mediaType(contentType) ?? 'text/plain';
  if (depth < DEEPEST_NESTING) {
    const boundary = parameter(contentType, 'boundary');
    if (type.startsWith('multipart/') && boundary !== undefined)
      return sections(body, boundary).flatMap((section) => nested(section, depth));
    if (type === 'message/rfc822') return nested(body, depth);
  }
  const disposition = header(headers, 'content-disposition');
  const isAttachment =
    !type.startsWith('text/') || /^\s*attachment/i.test(disposition) || parameter(contentType, 'name') !== undefined;
  const charset = parameter(contentType, 'charset')?.toLowerCase();
  const encoding = header(headers, 'content-transfer-encoding').trim().toLowerCase();
  const text = isAttachment ? '' : decodeBody(body, encoding, charset);
  return [{ type, charset, isAttachment, text }];
}

function nested(entity: string, depth: number): Part[] {
  const { headers, body } = splitEntity(entity);
  return leavesOf(headers, body, depth + 1);
}

function sections(body: string, boundary: string): string[] {
  const delimiter = `\n--${boundary}`;
  const [, ...rest] = `\n${body}`.split(delimiter);
  const close = rest.findIndex((section) => section.startsWith('--'));
  return (close < 0 ? rest : rest.slice(0, close)).map((section) => section.slice(section.indexOf('\n') + 1));
}

function parameter(value: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(value);
  return match?.[1] ?? match?.[2];
}

function decodeBody(body: string, encoding: string, charset: string | undefined): string {
  if (encoding === 'base64') return decodeBytes(Buffer.from(body, 'base64'), charset);
  if (encoding === 'quoted-printable') return decodeBytes(quotedPrintable(body), charset);
  return body;
}

function quotedPrintable(text: string): Buffer {
  const characters = text
    .replace(/=[ \t]*\n/g, '')
    .replace(/=([\da-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(characters, 'latin1');
}

function decodeBytes(bytes: Buffer, charset = 'windows-1252'): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    decoder = new TextDecoder('windows-1252');
  }
  return decoder.decode(bytes);
}
