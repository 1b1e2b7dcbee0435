import { type Content, type Html, html } from './markup.ts';
import { STYLE } from './style.ts';

export interface Page {
  /** Of the browser's tab and the bookmark. */
  readonly title: string;
  /** End of the window that the page tells of, as an ISO instant, where it tells of one. */
  readonly windowTo?: string;
  /** In front of the main part: heading and what the page is about. */
  readonly header: Html;
  readonly main: Html;
  readonly footer?: Html;
}

/** The browser itself refuses scripts, requests, frames and forms, whatever a page might hold. */
export const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** A whole page as one file: no script, no request, readable anywhere. */
export function page({ title, windowTo, header, main, footer }: Page): string {
  const of: Content = windowTo === undefined ? undefined : html`<meta name="drift-window-to" content="${windowTo}">`;
  return `${html`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
${of}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${STYLE}
</head>
<body>
<header>
${header}
</header>
<main>
${main}
</main>
${footer && html`<footer>\n${footer}\n</footer>\n`}</body>
</html>
`}`;
}

const WINDOW_TO = /<meta name="drift-window-to" content="([0-9TZ:.-]+)">/;

/** End of the window that a stored page tells of; undefined where it tells of none, or is no such page. */
export function windowToOfPage(bytes: Uint8Array): number | undefined {
  const start = Buffer.from(bytes.subarray(0, 1_000)).toString('latin1');
  const [, text = ''] = WINDOW_TO.exec(start) ?? [];
  const to = Date.parse(text);
  return Number.isNaN(to) ? undefined : to;
}
