import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { loadOverview } from '../history/overview.ts';
import { latestVersion } from '../history/series.ts';
import { loadHistory } from '../history/store.ts';
import type { ServerContext } from './context.ts';
import { isAnyModel, latestReport, unlessEmpty } from './model-list.ts';
import { sendPage } from './page-answer.ts';
import { modelName, modelVersion, wholeNumber } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const DAY_MS = 86_400_000;
const EMPTY_OVERVIEW = { format: 1 as const, models: [] };
const PAGE = { 200: { description: 'A page', type: 'text/html' } };

/** Pages that are made when they are asked for: all models, and how one of them went. */
export function pageRoutes(context: ServerContext): Route[] {
  const { store, now, settings } = context;
  const list = async (reply: FastifyReply) => {
    const [{ renderIndexPage }, overview] = await Promise.all([
      import('../report/html/index-page.ts'),
      unlessEmpty(loadOverview(store), EMPTY_OVERVIEW),
    ]);
    return sendPage(reply, renderIndexPage(overview, now(), { history: (name) => `../models/${name}` }));
  };
  return [
    route({
      method: 'GET',
      path: '/',
      operationId: 'getStart',
      summary: 'Leads to the page of all models',
      scope: 'read',
      answers: { 302: { description: 'To /reports/', type: 'text/html', headers: { Location: '/reports/' } } },
      handle: async (_, __, reply) => reply.type('text/html; charset=utf-8').redirect('/reports/', 302),
    }),
    ...(['/reports/', '/reports/index.html'] as const).map((path) =>
      route({
        method: 'GET',
        path,
        operationId: path === '/reports/' ? 'getModelsPage' : 'getIndexPage',
        summary: 'The page of all models and their runs',
        scope: 'read',
        answers: PAGE,
        handle: (_, __, reply) => list(reply),
      }),
    ),
    route({
      method: 'GET',
      path: '/models/{model}',
      operationId: 'getModelPage',
      summary: 'The page of a model: how it went',
      scope: 'read',
      params: z.strictObject({ model: modelName }),
      query: z.strictObject({
        days: wholeNumber(1, 366).optional().describe('default: 30'),
        version: modelVersion.optional(),
      }),
      answers: PAGE,
      refusals: [404],
      async handle({ params: { model: name }, query: { days = 30, version } }, _, reply) {
        const to = now();
        const [{ renderHistoryPage }, { lines }] = await Promise.all([
          import('./history-page.ts'),
          unlessEmpty(loadHistory(store, name, { from: to - days * DAY_MS, to }), { lines: [], damaged: 0 }),
        ]);
        const chosen = version ?? latestVersion(lines) ?? '';
        const { psiThreshold, scoreCriticalThreshold: scoreThreshold } =
          context.models.find(({ model }) => model.name === name && model.version === chosen)?.judgement ?? settings;
        const isKnown =
          lines.some((line) => line.version === chosen) ||
          (await isAnyModel(context, name, version)) ||
          (version === undefined && (await latestReport(context, name)) !== undefined);
        if (!isKnown) throw new Problem(404, `nothing is known of ${name} ${chosen}`.trim());
        const shown = lines.filter((line) => line.version === chosen);
        const model = { name, version: chosen };
        return sendPage(reply, renderHistoryPage({ model, lines: shown, days, psiThreshold, scoreThreshold }));
      },
    }),
  ];
}
