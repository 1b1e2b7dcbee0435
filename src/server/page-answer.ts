import type { FastifyReply } from 'fastify';
import { CONTENT_SECURITY_POLICY } from '../report/html/page.ts';

/** That of the page itself, and what only a header can say. */
export const PAGE_POLICY = `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

/** A page that was made for this answer. */
export function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'private, no-cache' })
    .type('text/html; charset=utf-8')
    .send(page);
}
