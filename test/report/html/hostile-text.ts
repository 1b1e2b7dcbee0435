import { uniform } from '../../../src/statistics/random.ts';

/** Every one of them would call `ran()` where it became markup or a link, or change what is seen of its surroundings. */
const PIECES = [
  '<script>ran()</script>',
  '</script><script>ran()</script>',
  '</style><script>ran()</script>',
  '</title><img src=x onerror=ran()>',
  '"><img src=x onerror="ran()">',
  "' onmouseover='ran()' x='",
  '" autofocus onfocus="ran()" x="',
  '<svg/onload=ran()>',
  '</text></svg><script>ran()</script>',
  '<![CDATA[<script>ran()</script>]]>',
  '--><script>ran()</script><!--',
  '<a href="javascript:ran()">here</a>',
  'javascript:ran()',
  'data:text/html,<script>ran()</script>',
  '<iframe srcdoc="<script>parent.ran()</script>">',
  '<meta http-equiv="refresh" content="0;url=https://example.com/">',
  '<base href="https://example.com/">',
  '<form action="https://example.com/"><button>x',
  '<link rel=stylesheet href=https://example.com/x.css>',
  '</table></div></section></main>',
  '<style>body{display:none}</style>',
  '&lt;b&gt;&amp;&#60;script&#62;',
  '$' + '{ran()}',
  '{{constructor.constructor("ran()")()}}',
  '`ran()`',
  '\u202Eright to left\u202C',
  '\u2066isolated\u2069',
  'ze\u200Bro\u200Dwi\uFEFFdth',
  '\u001B[2J\u001B[31mred\u001B]0;title\u0007',
  '\u009B31m',
  '\0\b\r\n\t\v\f',
  '\uD800 alone',
  '\uFFFE\uFFFF',
  'שלום עולם',
  'مرحبا',
  '日本語 名前',
  '👩‍👩‍👧 é ﷽',
  '__proto__',
  'constructor',
  "'; DROP TABLE x; --",
  '| a | b |',
  '[x](javascript:ran())',
  '![x](https://example.com/x.png)',
  '@everyone #1 www.example.com https://example.com',
  '```\n# heading',
  '*a* _b_ ~~c~~',
  ']]>',
  '%s%n%x',
  'a'.repeat(300),
];

/** A source of texts, each of some pieces; the same for the same seed, and no two the same. */
export function hostileText(seed: number): (what: string) => string {
  const random = uniform(seed);
  const piece = () => PIECES[Math.floor(random() * PIECES.length)] ?? '';
  let texts = 0;
  return () => {
    texts += 1;
    return `${texts}${Array.from({ length: 1 + Math.floor(3 * random()) }, piece).join(random() < 0.5 ? '' : ' ')}`;
  };
}
