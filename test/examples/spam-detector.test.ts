import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCorpus } from '../../examples/spam-detector/corpus.ts';
import { EMBEDDING_DIMENSION, randomEmbedding } from '../../examples/spam-detector/embedding.ts';
import { parseMail } from '../../examples/spam-detector/mail.ts';
import { seededRandom } from '../../examples/spam-detector/random.ts';
import { readable } from '../../examples/spam-detector/readable.ts';
import { readSample, type Sample, type Samples, splitSamples } from '../../examples/spam-detector/samples.ts';
import { HOUR_MS, spread } from '../../examples/spam-detector/schedule.ts';
import { accuracy, trainSpamDetector } from '../../examples/spam-detector/spam-detector.ts';

const MAIL = `From someone@example.com  Thu Aug 22 12:36:23 2002
Received: from relay.example.com by mx.example.org; Thu, 22 Aug 2002 12:36:20 +0100
From: "Some One" <someone7@mail.example.co.uk>
To: a@example.org, b@example.org
Subject: =?iso-8859-1?Q?Gr=FC=DFe?= FREE!
Date: Thu, 22 Aug 2002 12:36:16 +0100
Reply-To: other@example.com
X-Priority: 1 (Highest)
X-Mailer: Microsoft Outlook Express 6
MIME-Version: 1.0
Content-Type: multipart/mixed;
	boundary="=_x"

preamble
--=_x
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Click here: http://10.0.0.1/a and =
http://example.com/b
> said on Aug 22 2002: caf=E9 for $5!
--=_x
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from('<p>Hi <a href="http://example.com/c">there</a><!-- x --></p>').toString('base64')}
--=_x
Content-Type: application/pdf; name="a.pdf"
Content-Disposition: attachment

JVBERi0=
--=_x--
`;

function sampleOf(source: string): Sample {
  return readSample({ id: 'x', source, label: 'spam', isOlder: true });
}

describe('a mail', () => {
  it('is read through its encodings and parts', () => {
    const mail = readable(parseMail(MAIL));
    expect(mail.subject).toBe('Grüße FREE!');
    expect(mail.text).toContain('and http://example.com/b\n> said on Aug 22 2002: café');
    expect(mail.html).toContain('<a href="http://example.com/c">there</a>');
    expect(mail.parts.map((part) => part.isAttachment)).toEqual([false, false, true]);
  });

  it('has the features that a reader would count', () => {
    expect(sampleOf(MAIL).features).toMatchObject({
      received_hops: 1,
      recipient_count: 2,
      attachment_count: 1,
      part_count: 3,
      html_link_count: 1,
      html_comment_count: 1,
      quoted_line_ratio: 1 / 2,
      exclamation_count: 1,
      currency_count: 1,
      sender_tld: 'uk',
      sender_digit_count: 1,
      hour_of_day: '12',
      content_type: 'multipart/mixed',
      charset: 'iso-8859-1',
      transfer_encoding: 'none',
      mailer_family: 'outlook-express',
      priority: 'high',
      has_reply_to: true,
      is_reply: false,
    });
  });

  it('never fails to be read, whatever it is made of', () => {
    const pieces = fc.constantFrom(
      MAIL,
      '\n',
      '--=_x',
      '=?utf-8?B?',
      '=C',
      'Content-Type: multipart/x; boundary=',
      '<!--',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))), (texts) => {
        const { features } = sampleOf(texts.join(''));
        const numbers = Object.values(features).filter((value) => typeof value === 'number');
        expect(numbers.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});

describe('the schedule', () => {
  it('spreads all items in their order, each within its hour', () => {
    const items = Array.from({ length: 813 }, (_, index) => index);
    const from = Date.parse('2025-12-24T00:00:00Z');
    const hours = spread(items, from, 12);
    expect(hours.flat().map(({ item }) => item)).toEqual(items);
    for (const [hour, scheduled] of hours.entries()) {
      const offsets = scheduled.map(({ timestamp }) => timestamp - from - hour * HOUR_MS);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(offsets.every((offset) => offset >= 0 && offset < HOUR_MS)).toBe(true);
      expect(scheduled.length).toBeGreaterThanOrEqual(67);
    }
  });
});

describe('the spam-detector', () => {
  let samples: Sample[];
  let split: Samples;

  beforeAll(() => {
    samples = readCorpus().map(readSample);
    split = splitSamples(samples, seededRandom(1));
  });

  it('sees fifty features of every mail, at least six of them text', () => {
    const kinds = ({ features }: Sample) => Object.entries(features).map(([name, value]) => `${name}: ${typeof value}`);
    const expected = kinds(sampleOf(MAIL));
    expect(expected).toHaveLength(50);
    expect(expected.filter((kind) => kind.endsWith('string')).length).toBeGreaterThanOrEqual(6);
    for (const sample of samples) expect(kinds(sample)).toEqual(expected);
  });

  it('learns nothing of the year or month in which a mail was written', () => {
    const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
    const dated = /\b(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (200[0-3])\b/g;
    const shift = (source: string) =>
      source.replace(
        dated,
        (_date, day, month, year) => `${day} ${months[(months.indexOf(month) + 5) % 12]} ${Number(year) + 17}`,
      );
    for (const mail of readCorpus().filter((_mail, index) => index % 40 === 0)) {
      const end = mail.source.indexOf('\n\n');
      const shifted = shift(mail.source.slice(0, end)) + mail.source.slice(end);
      const before = readSample(mail);
      const after = readSample({ ...mail, source: shifted });
      expect(after.features).toEqual(before.features);
      expect(after.words).toEqual(before.words);
    }
    const dates = sampleOf('Subject: x\n\nOn Mon, 5 August 2002 and aug 2003 and september');
    const none = sampleOf('Subject: x\n\nOn and and');
    expect(dates.words).toEqual(none.words);
  });

  it('is tested on mails that it was not trained on', () => {
    const training = new Set(split.training.map(({ id }) => id));
    expect(split.heldOut.some(({ id }) => training.has(id))).toBe(false);
    expect([...split.training, ...split.heldOut].every(({ id }) => /^(easy-ham-1|hard-ham-1|spam-1)-/.test(id))).toBe(
      true,
    );
    expect(split.later.every(({ id }) => /^(easy-ham-2|spam-2)-/.test(id))).toBe(true);
    expect(split.training.length + split.heldOut.length + split.later.length).toBe(samples.length);
  });

  it('is right on most mails, and answers the same after every training', () => {
    const detector = trainSpamDetector(split.training, seededRandom(2));
    expect(accuracy(detector, split.heldOut)).toBeGreaterThan(0.96);
    expect(accuracy(detector, split.later)).toBeGreaterThan(0.9);
    const again = trainSpamDetector(splitSamples(samples, seededRandom(1)).training, seededRandom(2));
    const asked = split.later.slice(0, 100);
    expect(asked.map(again)).toEqual(asked.map(detector));
  });

  it('embeds every mail with unit length, one without words too', () => {
    const embed = randomEmbedding(seededRandom(2));
    for (const { words } of [...split.later.slice(0, 200), sampleOf('Subject: 1\n\n')]) {
      const embedding = embed(words);
      expect(embedding).toHaveLength(EMBEDDING_DIMENSION);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
    }
  });
});
