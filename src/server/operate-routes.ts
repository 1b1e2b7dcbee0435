import { z } from 'zod';
import { startInWords } from '../alerting/retraining-starters.ts';
import { HOUR_MS, hourOf } from '../storage/hour.ts';
import { checkSchema } from './checks.ts';
import type { ServerContext } from './context.ts';
import { isAnyModel } from './model-list.ts';
import { modelName, modelVersion } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const checkRequest = z
  .strictObject({
    model_name: modelName,
    model_version: modelVersion.optional().describe('default: the one that is configured'),
    at: z.iso
      .datetime({ offset: true })
      .optional()
      .describe("an instant in the window's last hour; default: one hour ago, so the last complete hour"),
  })
  .meta({ title: 'What to check' });

const retrainingRequest = z
  .strictObject({
    model_name: modelName,
    model_version: modelVersion.optional().describe('default: the one that is configured'),
  })
  .meta({ title: 'What to retrain' });

const retrainingSchema = z.strictObject({
  id: z.string(),
  model_name: z.string(),
  model_version: z.string(),
  outcome: z.enum(['started', 'unknown']).describe('unknown: asked for, and no answer came'),
  job: z.string().nullable().describe('its id, where who was asked has said one'),
});

/** Windows reach a year back. */
const FIRST = Date.UTC(1971, 0);

export function operateRoutes(context: ServerContext): Route[] {
  const { checks, retrain, settings, now } = context;
  return [
    route({
      method: 'POST',
      path: '/drift/check',
      operationId: 'startCheck',
      summary: 'Check a model for drift now',
      description: 'As `drift-monitor detect` does: in a process of this server, or in a Job made from serveCronJob.',
      scope: 'operate',
      body: { schema: checkRequest },
      answers: {
        202: { description: 'It is to be done', schema: checkSchema, headers: { Location: 'Where it can be seen' } },
      },
      refusals: [404, 502],
      async handle({ body: { model_name: name, model_version: version, at } }, _, reply) {
        const instant = at === undefined ? now() - HOUR_MS : Date.parse(at);
        if (!(instant >= FIRST && hourOf(instant) <= hourOf(now()))) {
          throw new Problem(400, 'the body cannot be used', {
            problems: ['at: must be from 1971 to the present hour'],
          });
        }
        const model = { name, version: version ?? versionOf(context, name) };
        // A process or Job is not started for whatever somebody names.
        if (!(await isAnyModel(context, name, model.version))) {
          throw new Problem(
            404,
            `${name} ${model.version} is not configured and has no baseline: make it a baseline first`,
          );
        }
        const check = await checks.start({ model, at: instant });
        return reply.code(202).header('location', `/drift/checks/${check.id}`).send(check);
      },
    }),
    route({
      method: 'GET',
      path: '/drift/checks/{id}',
      operationId: 'getCheck',
      summary: 'What became of a check',
      scope: 'read',
      params: z.strictObject({ id: z.string().regex(/^[a-z0-9][-.a-z0-9]{0,99}$/) }),
      answers: { 200: { description: 'The check', schema: checkSchema } },
      refusals: [404, 502],
      async handle({ params: { id } }) {
        const check = await checks.find(id);
        if (check === undefined) throw new Problem(404, `there is no check ${id}, or not any more`);
        return check;
      },
    }),
    route({
      method: 'POST',
      path: '/drift/trigger-finetuning',
      operationId: 'startRetraining',
      summary: 'Start a retraining now, whatever the alerts say',
      description: 'As `retraining` of the configuration file says.',
      scope: 'operate',
      body: { schema: retrainingRequest },
      answers: { 202: { description: 'It was asked for', schema: retrainingSchema } },
      refusals: [404, 409, 502],
      async handle({ body: { model_name: name, model_version } }, _, reply) {
        if (retrain === undefined || settings.retraining === undefined) {
          throw new Problem(409, 'nothing says how a retraining is started: give retraining in the configuration file');
        }
        const version = model_version ?? versionOf(context, name);
        const { id, outcome, job, error } = await retrain({ name, version });
        if (outcome === 'refused')
          throw new Problem(502, `${startInWords(settings.retraining)}: ${error}; nothing was started`);
        return reply.code(202).send({ id, model_name: name, model_version: version, outcome, job });
      },
    }),
  ];
}

function versionOf({ models }: ServerContext, name: string): string {
  const [only, ...others] = models.filter(({ model }) => model.name === name);
  if (only === undefined) throw new Problem(404, `no version of ${name} is configured; say model_version`);
  if (others.length > 0) throw new Problem(400, `several versions of ${name} are configured; say model_version`);
  return only.model.version;
}
