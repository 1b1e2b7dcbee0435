import { header, mediaType } from './mail.ts';
import type { ReadableMail } from './readable.ts';
import { language, mailerFamily, priority, spamPhraseCount } from './vocabulary.ts';

export type FeatureValue = number | string | boolean;

/** By name, in the same order for each mail. */
export type Features = Readonly<Record<string, FeatureValue>>;

type Measures<T extends FeatureValue> = Readonly<Record<string, (mail: ReadableMail) => T>>;

/**
 * Counts are of occurrences, ratios lie in [0, 1], sizes and lengths are in characters. None looks at a date but for the hour of
 * the day, and none at what the readers' own mail servers and programs added.
 */
const NUMERIC: Measures<number> = {
  body_size: ({ bodySize }) => bodySize,
  part_count: ({ parts }) => parts.length,
  attachment_count: ({ parts }) => parts.filter((part) => part.isAttachment).length,
  recipient_count: ({ headers }) =>
    matches(`${header(headers, 'to')},${header(headers, 'cc')}`, /[^\s,;<>]+@[^\s,;<>]+/g),
  received_hops: ({ headers }) => (headers.get('received') ?? []).filter(isForeignHop).length,
  sender_digit_count: ({ headers }) => matches(sender(headers).split('@')[0] ?? '', /\d/g),

  subject_length: ({ subject }) => subject.length,
  subject_uppercase_ratio: ({ subject }) => uppercaseRatio(subject),
  subject_punctuation_count: ({ subject }) => matches(subject, /[!?$%*]/g),

  word_count: ({ words }) => words.length,
  line_count: ({ lines }) => lines.length,
  mean_word_length: ({ words }) => ratio(sum(words.map((word) => word.length)), words.length),
  longest_word_length: ({ words }) => words.reduce((longest, word) => Math.max(longest, word.length), 0),
  distinct_word_ratio: ({ words }) => ratio(new Set(words.map((word) => word.toLowerCase())).size, words.length),
  mean_line_length: ({ text, lines }) => ratio(text.length, lines.length),
  quoted_line_ratio: ({ lines }) => ratio(lines.filter((line) => /^\s*[>|]/.test(line)).length, lines.length),
  uppercase_ratio: ({ text }) => uppercaseRatio(text),
  uppercase_word_count: ({ words }) => words.filter((word) => /^[A-Z]{4,}$/.test(word)).length,
  digit_ratio: ({ text }) => ratio(matches(text, /\d/g), text.length),
  punctuation_ratio: ({ text }) => ratio(matches(text, /[!-/:-@[-`{-~]/g), text.length),
  non_ascii_ratio: ({ text }) => ratio(matches(text, /[^\0-\x7f]/g), text.length),
  exclamation_count: ({ text }) => matches(text, /!/g),
  question_count: ({ text }) => matches(text, /\?/g),
  currency_count: ({ text }) => matches(text, /[$£€¥]/g),
  spam_phrase_count: ({ text }) => spamPhraseCount(text),
  email_address_count: ({ text }) => matches(text, /[\w.+-]+@[\w-]+\.[\w.-]+/g),

  url_count: ({ urls }) => urls.length,
  url_host_count: ({ urls }) => new Set(urls.map(host)).size,
  url_ip_count: ({ urls }) => urls.filter((url) => /^(\d+\.){3}\d+$|^\d+$/.test(host(url))).length,
  url_longest_length: ({ urls }) => urls.reduce((longest, url) => Math.max(longest, url.length), 0),
  urls_per_word: ({ urls, words }) => ratio(urls.length, urls.length + words.length),

  html_tag_count: ({ html }) => matches(html, /<\/?[a-z]/gi),
  html_markup_ratio: ({ html }) => ratio(sum(found(html, /<[^>]*>/g).map((tag) => tag.length)), html.length),
  html_link_count: ({ html }) => matches(html, /<a\s[^>]*href/gi),
  html_image_count: ({ html }) => matches(html, /<img\b/gi),
  html_table_count: ({ html }) => matches(html, /<table\b/gi),
  html_font_count: ({ html }) => matches(html, /<font\b/gi),
  html_form_count: ({ html }) => matches(html, /<(?:form|input|select|textarea)\b/gi),
  html_comment_count: ({ html }) => matches(html, /<!--/g),
};

const CATEGORICAL: Measures<string | boolean> = {
  content_type: ({ headers }) => mediaType(header(headers, 'content-type')) ?? 'none',
  charset: ({ parts }) => parts.find((part) => part.charset !== undefined)?.charset ?? 'none',
  transfer_encoding: ({ headers }) => header(headers, 'content-transfer-encoding').trim().toLowerCase() || 'none',
  sender_tld: ({ headers }) => /\.([a-z]{2,})$/.exec(domain(sender(headers)))?.[1] ?? 'none',
  hour_of_day: ({ headers }) =>
    /(?:^|\s)([01]?\d|2[0-3]):\d\d/.exec(header(headers, 'date'))?.[1]?.padStart(2, '0') ?? 'none',
  mailer_family: ({ headers }) => mailerFamily(header(headers, 'x-mailer') || header(headers, 'user-agent')),
  priority: ({ headers }) => priority(header(headers, 'x-priority') || header(headers, 'importance')),
  language: ({ words, text }) => language(words, text),
  has_reply_to: ({ headers }) => headers.has('reply-to'),
  is_reply: ({ headers, subject }) => headers.has('in-reply-to') || /^\s*re:/i.test(subject),
  message_id_from_sender: ({ headers }) => {
    const organisation = (name: string) => name.split('.').slice(-2).join('.');
    return organisation(domain(sender(headers))) === organisation(domain(header(headers, 'message-id')));
  },
};

const MEASURES = Object.entries({ ...NUMERIC, ...CATEGORICAL });

export function extractFeatures(mail: ReadableMail): Features {
  return Object.fromEntries(MEASURES.map(([name, measure]) => [name, measure(mail)]));
}

/**
 * Hosts of the mails' readers. A filter is told them, so that it counts only what others did with a mail (SpamAssassin calls them
 * `trusted_networks`); here they changed between the collections.
 */
const OWN_HOSTS =
  /(?:^|\.)(?:localhost|slashnull\.org|netnoteinc\.com|webnote\.net|jmason\.org|spamassassin\.taint\.org)$/i;

function isForeignHop(received: string): boolean {
  const by = /\bby ([\w.-]+)/.exec(received)?.[1] ?? '';
  const isWithinHost = /\bfrom (?:\S+@)?localhost|\[127\.0\.0\.1\]/i.test(received);
  return !isWithinHost && !OWN_HOSTS.test(by);
}

function sender(headers: ReadableMail['headers']): string {
  return (/([^\s<>"']+@[^\s<>"']+)/.exec(header(headers, 'from'))?.[1] ?? '').toLowerCase();
}

function domain(address: string): string {
  return (/@([\w.-]+)/.exec(address)?.[1] ?? '').toLowerCase();
}

function host(url: string): string {
  return (/^https?:\/\/(?:[^/@]*@)?([^/:?#]*)/i.exec(url)?.[1] ?? '').toLowerCase();
}

function uppercaseRatio(text: string): number {
  return ratio(matches(text, /[A-Z]/g), matches(text, /[A-Za-z]/g));
}

function found(text: string, pattern: RegExp): readonly string[] {
  return text.match(pattern) ?? [];
}

function matches(text: string, pattern: RegExp): number {
  return found(text, pattern).length;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
