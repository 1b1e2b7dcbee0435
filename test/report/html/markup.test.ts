import { expect, test } from 'vitest';
import { anchor, html, joined, localPath } from '../../../src/report/html/markup.ts';

const HOSTILE = '<script>ran()</script>"&\'';

test('text in a template is shown, never markup', () => {
  expect(String(html`<p title="${HOSTILE}">${HOSTILE}</p>`)).toBe(
    `<p title="&#60;script&#62;ran()&#60;/script&#62;&#34;&#38;'">&#60;script&#62;ran()&#60;/script&#62;&#34;&#38;'</p>`,
  );
});

test('characters that are not seen, or change what is seen, are named', () => {
  expect(String(html`<p>${'a\u202Eb\u200Bc\u001B[31m\uD800\n'}</p>`)).toBe(
    '<p>a\\u{202e}b\\u{200b}c\\u{1b}[31m\\u{d800}\\u{a}</p>',
  );
});

test('templates nest, lists are joined, and nothing stands for undefined', () => {
  const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
  expect(String(html`<ul>${items}${undefined}${''}${7}</ul>`)).toBe('<ul><li>a</li><li>&#60;b&#62;</li>7</ul>');
  expect(String(joined([html`<b>1</b>`, html`<b>2</b>`], ' & '))).toBe('<b>1</b> &#38; <b>2</b>');
});

test('very long text is cut', () => {
  expect(String(html`${'a'.repeat(1_000_000)}`)).toHaveLength(2_000);
});

test.each([
  ['an unquoted attribute', () => html`<p title=${'x'}></p>`],
  ['an event handler', () => html`<p onclick="${'x'}"></p>`],
  ['a style', () => html`<p style="${'x'}"></p>`],
  ['a source', () => html`<img src="${'x'}">`],
  ['the name of a tag', () => html`<${'p'}></p>`],
  ['a style sheet', () => html`<style>${'x'}</style>`],
  ['a script', () => html`<script>${'x'}</script>`],
  ['a link of text', () => html`<a href="${'https://example.com'}"></a>`],
  ['the end of a link', () => html`<a href="https://example.com/${'x'}"></a>`],
  ['markup in an attribute', () => html`<p title="${html`<b>`}"></p>`],
  ['a link in text', () => html`<p>${anchor('x')}</p>`],
  ['single quotes', () => html`<p title='${'x'}'></p>`],
  ['a template that ends inside a tag', () => html`<p title="`],
])('a template with %s is refused', (_, make) => {
  expect(make).toThrow(TypeError);
});

test('links stay beside the page', () => {
  const of = (path: string) =>
    String(html`<a href="${localPath(path)}"></a>`).slice('<a href="'.length, -'"></a>'.length);
  expect(of('../v1/report.json')).toBe('../v1/report.json');
  expect(of('javascript:ran()')).toBe('javascript%3Aran()');
  expect(of('https://example.com')).toBe('https%3A//example.com');
  expect(of('//example.com')).toBe('.//example.com');
  expect(of('a"b<c')).toBe('a%22b%3Cc');
  expect(String(html`<a href="${anchor('s-1')}"></a>`)).toBe('<a href="#s-1"></a>');
  expect(() => anchor('a b')).toThrow(TypeError);
});
