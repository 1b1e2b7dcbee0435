import { type Html, html } from './markup.ts';

/**
 * The style of every page, light and dark, on screen and on paper. Text has a contrast of at least 4.5 with what is behind
 * it, lines and areas that mean something 3. What colour says is said by shape or word as well; blue and orange are told apart
 * with any colour vision. Cards far down the page are laid out when they are seen, which halves the time to the first paint.
 */
export const STYLE: Html = html`<style>
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--ink:#1a1f29;--soft:#545d6b;--line:#d9dde4;--faint:#eceef2;
--base:#5b7fae;--base-area:#b9cbe4;--now:#b8460e;--link:#1d55a5;
--bad:#a3172b;--bad-area:#fdecee;--warn:#7a5200;--warn-area:#fdf3dc;--good:#1c6b3c;--good-area:#e6f4ea;--unsure:#545d6b;--unsure-area:#eceef2}
@media (prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2029;--ink:#e8eaee;--soft:#a5aebc;--line:#353c49;--faint:#262c37;
--base:#86a9d8;--base-area:#34496a;--now:#ff9d5c;--link:#8ab8ff;
--bad:#ff9aa5;--bad-area:#3c1a20;--warn:#f3c568;--warn-area:#382b10;--good:#83d3a0;--good-area:#163021;--unsure:#a5aebc;--unsure-area:#262c37}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.75rem}
footer{padding:1rem 1.25rem 2.5rem;color:var(--soft);font-size:.875rem}
h1,h2,h3,h4{line-height:1.25;text-wrap:balance}
h1{font-size:1.75rem;margin:.15rem 0 .25rem;letter-spacing:-.015em}
h2{font-size:1.25rem;margin:2.25rem 0 .25rem;letter-spacing:-.01em}
h3{font-size:1.0625rem;margin:0}
h4{font-size:.8125rem;margin:1rem 0 .25rem;color:var(--soft);font-weight:600}
p,ul,ol{margin:.5rem 0}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code{font:.875em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.soft{color:var(--soft)}
.heading{display:flex;flex-wrap:wrap;gap:0 1.5rem;align-items:baseline}.key+.key,.heading .key.now{margin-left:.8em}
.over{font-size:.8125rem;font-weight:600;color:var(--soft);margin:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;margin:.9rem 0}
article.card:nth-of-type(n+11){content-visibility:auto;contain-intrinsic-size:auto 26rem}
.tag{display:inline-block;font-size:.8125rem;font-weight:650;line-height:1.5;padding:.05rem .55rem;border-radius:99px;white-space:nowrap}
.drift{color:var(--bad);background:var(--bad-area)}
.minor{color:var(--warn);background:var(--warn-area)}
.none{color:var(--good);background:var(--good-area)}
.unsure{color:var(--unsure);background:var(--unsure-area)}
.verdict{border-left:6px solid var(--edge);padding-block:1.25rem}
.edge-drift{--edge:var(--bad)}.edge-minor{--edge:var(--warn)}.edge-none{--edge:var(--good)}.edge-unsure{--edge:var(--unsure)}
.verdict h3{margin-top:1.1rem}.verdict ol{padding-left:1.25rem;font-size:.9375rem}.verdict li{margin:.2rem 0}
.verdict .say{font-size:1.25rem;line-height:1.4;margin:.4rem 0 0;text-wrap:pretty}
.verdict-parts{display:grid;grid-template-columns:minmax(0,1fr) minmax(13rem,17rem);gap:1rem 2.5rem}
.score b{font-size:2.25rem;line-height:1.1;letter-spacing:-.02em;font-weight:650}
.score p{margin:.25rem 0;font-size:.875rem}
.meter{display:block;width:100%;height:22px;margin-top:.35rem}
.pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 2.5rem}
.signal-head{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center}
.signal-head .soft{font-size:.875rem}
.signal{display:grid;grid-template-columns:minmax(0,1.25fr) minmax(0,1fr);gap:.5rem 2rem;margin-top:.5rem}
.reasons{columns:2 24rem;column-gap:2rem;padding-left:1.1rem;font-size:.9375rem;margin:.4rem 0 .2rem}.reasons li{break-inside:avoid}
figure{margin:.25rem 0}
figcaption{font-size:.8125rem;color:var(--soft);margin-top:.15rem}
.key{display:inline-block;width:1.1em;height:.7em;margin-right:.3em;vertical-align:baseline}
.key.base{background:var(--base-area);border-top:2px solid var(--base)}
.key.now{border-top:3px solid var(--now);height:.25em;vertical-align:middle}
svg{display:block;overflow:visible}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft)}
.plot{width:100%;height:auto;max-width:500px}
.b{fill:var(--base-area);stroke:var(--base);stroke-width:1}
.n{fill:none;stroke:var(--now);stroke-width:2.25;stroke-linejoin:round}
.g{stroke:var(--line);fill:none}
.t{stroke:var(--soft);fill:none;stroke-dasharray:3 3}
.e{text-anchor:end}.m{text-anchor:middle}
.bars{width:100%;height:18px;min-width:3.5rem}
.bars .b{fill:var(--base);stroke:none}.bars .n{fill:var(--now);stroke:none}
.spark{width:100%;max-width:320px;height:auto}
.spark .n{stroke-width:1.75}
.dot{fill:var(--now)}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:.25rem 2.5rem;margin:.5rem 0}.panels p{margin:.1rem 0}
.small-cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:.9rem}.small-cards>.card{margin:0}.small-cards h3{font-size:1rem}
.small{font-size:.8125rem;margin:.3rem 0}.card>h2:first-child{margin-top:0;font-size:1.0625rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.8125rem;padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-top:1px solid var(--line)}
thead th,thead td{border-top:0}thead th{color:var(--soft);font-weight:600;font-size:.8125rem;white-space:nowrap}
tbody th{font-weight:400}th[scope=row]{min-width:7rem}
.num{text-align:right;white-space:nowrap}
td.num,th.num{padding-right:1rem}
.findings td{min-width:6.5rem}.findings th{white-space:nowrap}
.hours th,.hours td{padding:.25rem .4rem .25rem .2rem}
.figures th{color:var(--soft);width:38%}
.figures td{font-weight:600}
.figures small{display:block;font-size:.8125rem;font-weight:400;color:var(--soft)}
.figures tr:first-child>*{border-top:0}
.shares td:nth-child(2){width:34%;padding-block:.2rem}.shares th[scope=row]{min-width:4.5rem}.shares td.num{padding-right:.25rem}
.card>h3{margin:1rem 0 .25rem}
details{margin:.6rem 0}
summary{cursor:pointer;font-weight:600;padding:.35rem 0}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;margin:.75rem 0 0;padding:0;font-size:.9375rem}
nav a{display:inline-block;padding:.2rem 0}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem}
@media (max-width:46rem){h1{font-size:1.5rem}header,main,footer{padding-inline:.9rem}.card{padding:.9rem}
.verdict-parts,.pair,.signal{grid-template-columns:minmax(0,1fr)}.verdict h3{margin-top:1.1rem}.verdict ol{padding-left:1.25rem;font-size:.9375rem}.verdict li{margin:.2rem 0}
.verdict .say{font-size:1.125rem}
.hide-small{display:none}}
@media print{article.card:nth-of-type(n+11){content-visibility:visible}:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#f2f2f2;--base:#5b7fae;--base-area:#b9cbe4;--now:#b8460e;
--bad:#8b1123;--bad-area:#fff;--warn:#6b4700;--warn-area:#fff;--good:#155a31;--good-area:#fff;--unsure:#444;--unsure-area:#fff;--link:#000}
:root{color-scheme:light}body{font-size:10.5pt}nav,.skip{display:none}header,main,footer{max-width:none;padding-inline:0}
.card,figure,tr{break-inside:avoid}h2,h3,h4,summary{break-after:avoid}.card:not(.verdict){border-color:#bbb}.card{margin:.6rem 0;padding:.7rem .9rem}
.tag{border:1px solid currentcolor}details::details-content{content-visibility:visible;display:block;height:auto}
.b,.n,.key,.bars *,.dot{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
</style>`;
