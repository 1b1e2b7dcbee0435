import { printable } from '../../printable.ts';

/**
 * Markup whose every variable part was escaped: only `html` makes it, so nothing else can be taken for it. No library: those
 * for tagged templates let any string pass as markup (`raw`), know nothing of invisible characters, and do not look where in
 * the markup a value stands.
 */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A place in the same page or below the same folder: never another site, never a script. */
class LocalHref {
  readonly #href: string;

  constructor(href: string) {
    this.#href = href;
  }

  toString(): string {
    return this.#href;
  }
}

export type Html = Markup;
export type Href = LocalHref;
/** What may stand in a template. Text is escaped; nothing stands for undefined. */
export type Content = Html | Href | string | number | undefined | readonly Content[];

/** Longer text is cut: a page that one value fills helps nobody. */
const LONGEST = 2_000;

/**
 * A template of HTML (or XML). Values may stand in text and in double-quoted attributes; an `href` takes a `Href` only, and
 * event handlers, `style`, `src` and the content of `<style>` and `<script>` take no value at all. Control, invisible and
 * direction-changing characters are shown as `\u{…}`. Throws where the template itself breaks these rules, on its first use.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const places = placesIn(strings);
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += (places[index] === 'text' ? contentText : attributeText)(value, places[index]) + strings[index + 1];
  });
  return new Markup(text);
}

/** Parts one after the other. */
export function joined(parts: readonly Html[], separator = ''): Html {
  return new Markup(parts.join(escaped(separator)));
}

/** `#id` of the same page; an id is a word. */
export function anchor(id: string): Href {
  if (!/^[a-z][a-z0-9-]*$/.test(id)) throw new TypeError(`no id: ${id}`);
  return new LocalHref(`#${id}`);
}

/** A path below or beside the page's own folder, `..` included. Its segments are taken literally. */
export function localPath(path: string): Href {
  const segments = path.split('/').map((segment) => encodeURIComponent(segment));
  return new LocalHref(segments[0] === '' ? `.${segments.join('/')}` : segments.join('/'));
}

function contentText(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  if (value instanceof LocalHref) throw new TypeError('a link stands in an href only');
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(contentText).join('');
}

function attributeText(value: Content, place: Place | undefined): string {
  const isHref = value instanceof LocalHref;
  if (isHref !== (place === 'href')) throw new TypeError('an href takes a link made for it, and nothing else does');
  if (isHref) return value.toString();
  if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError('an attribute takes text only');
  return escaped(String(value));
}

const NEEDS_LOOK = /[^\p{L}\p{N} _.,:;'/()%+=!?–—→…-]/u;

function escaped(text: string): string {
  if (text.length <= LONGEST && !NEEDS_LOOK.test(text)) return text;
  return printable(text, LONGEST).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Place = 'text' | 'attribute' | 'href';

const KNOWN_PLACES = new WeakMap<TemplateStringsArray, readonly Place[]>();

function placesIn(strings: TemplateStringsArray): readonly Place[] {
  const known = KNOWN_PLACES.get(strings);
  if (known !== undefined) return known;
  const places: Place[] = [];
  let scan: Scan = { state: 'text', quoted: '' };
  for (const [index, part] of strings.entries()) {
    scan = scanPart(scan, part);
    if (index < strings.length - 1) places.push(placeOf(scan, part));
  }
  if (scan.state !== 'text') throw new TypeError(`a template ends inside a tag: ${strings.at(-1)}`);
  KNOWN_PLACES.set(strings, places);
  return places;
}

interface Scan {
  readonly state: 'text' | 'tag' | 'quoted' | 'raw';
  /** Of an attribute's value that is open: the attribute's name. */
  readonly quoted: string;
}

function placeOf({ state, quoted }: Scan, before: string): Place {
  if (state === 'text') return 'text';
  if (state === 'quoted' && quoted === 'href') {
    if (before.endsWith('href="')) return 'href';
  } else if (state === 'quoted' && !/^(on|style$|src|action$|formaction$|xlink)/.test(quoted)) {
    return 'attribute';
  }
  throw new TypeError(`no value may stand here: ${before}`);
}

function scanPart(before: Scan, part: string): Scan {
  let { state, quoted } = before;
  for (let at = 0; at < part.length; ) {
    if (state === 'raw') {
      const end = part.indexOf('</', at);
      if (end < 0) break;
      state = 'tag';
      at = end + 2;
    } else if (state === 'text') {
      const start = part.indexOf('<', at);
      if (start < 0) break;
      state = 'tag';
      at = start + 1;
    } else if (state === 'quoted') {
      const end = part.indexOf('"', at);
      if (end < 0) break;
      state = 'tag';
      at = end + 1;
    } else {
      const found = /["'>]/.exec(part.slice(at));
      if (found === null) break;
      const upTo = part.slice(0, at + found.index);
      if (found[0] === "'") throw new TypeError(`attributes stand in double quotes: ${part}`);
      if (found[0] === '"') {
        state = 'quoted';
        quoted = /([a-z:-]+)=$/i.exec(upTo)?.[1]?.toLowerCase() ?? '';
      } else {
        state = /<(style|script)\b[^<]*$/i.test(upTo) ? 'raw' : 'text';
      }
      at += found.index + 1;
    }
  }
  return { state, quoted };
}
