/** The words and names that the features look for. */

const SPAM_PHRASES =
  /\b(?:click (?:here|below)|free|guaranteed?|offers?|order now|act now|limited time|money|cash|income|earn|credit|loans?|mortgage|investments?|opportunity|winner|prizes?|bonus|discount|cheap|lowest price|no obligation|risk|remove|unsubscribe|opt[ -]?(?:in|out)|bulk|weight|viagra|adult|toll[ -]?free)\b/gi;

export function spamPhraseCount(text: string): number {
  return text.match(SPAM_PHRASES)?.length ?? 0;
}

/** The first pattern that fits names the family. */
const MAILERS: readonly (readonly [family: string, pattern: RegExp])[] = [
  ['outlook-express', /outlook express/i],
  ['outlook', /outlook/i],
  ['exchange', /internet mail service|exchange/i],
  ['cdo', /microsoft cdo/i],
  ['mutt', /mutt/i],
  ['exmh', /exmh|\bmh\b/i],
  ['sylpheed', /sylpheed/i],
  ['evolution', /evolution/i],
  ['mozilla', /mozilla|netscape/i],
  ['kmail', /kmail/i],
  ['apple-mail', /apple mail/i],
  ['entourage', /entourage/i],
  ['eudora', /eudora|qualcomm/i],
  ['the-bat', /the bat/i],
  ['pegasus', /pegasus/i],
  ['emacs', /gnus|emacs|\bvm\b/i],
  ['webmail', /aol|squirrelmail|yahoo|hotmail|\bimp\b|webmail/i],
];

export function mailerFamily(mailer: string): string {
  if (mailer.trim() === '') return 'none';
  return MAILERS.find(([, pattern]) => pattern.test(mailer))?.[0] ?? 'other';
}

export function priority(value: string): string {
  if (/[12]|high/i.test(value)) return 'high';
  if (/[45]|low/i.test(value)) return 'low';
  return value.trim() === '' ? 'none' : 'normal';
}

const ENGLISH =
  'the and to of a in is it you that this for on with be are have not your from or was will can we at as by';
const COMMON_WORDS: readonly (readonly [language: string, words: ReadonlySet<string>])[] = [
  ['english', new Set(ENGLISH.split(' '))],
  [
    'german',
    new Set('der die und das den von zu mit ist im nicht ein eine auf sie für wir auch werden sich'.split(' ')),
  ],
  ['french', new Set('le les des et du une pour que dans est pas vous sur par nous avec qui plus votre'.split(' '))],
  ['spanish', new Set('el los las del que en por con para una su al es lo se como más usted sus no'.split(' '))],
];

const FEWEST_COMMON_WORDS = 3;

/** A hint, not a verdict: the language whose most common words occur most, `non-latin` by script, `unknown` if too short. */
export function language(words: readonly string[], text: string): string {
  const nonAscii = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  if (nonAscii > 0.2 * text.length) return 'non-latin';
  let best = { name: 'unknown', hits: FEWEST_COMMON_WORDS - 1 };
  for (const [name, common] of COMMON_WORDS) {
    const hits = words.reduce((count, word) => count + (common.has(word.toLowerCase()) ? 1 : 0), 0);
    if (hits > best.hits) best = { name, hits };
  }
  return best.name;
}
