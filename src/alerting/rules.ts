import { createHash } from 'node:crypto';
import type { Judgement } from '../config/settings.ts';
import type { Judgements } from '../drift/judge.ts';
import { reasonsFor } from '../drift/reasons.ts';
import { numberInWords, percent } from '../drift/words.ts';
import type { ModelId } from '../storage/layout.ts';
import type { AlertCondition } from './schema.ts';

/** The alert conditions that a window's data fulfil: CRITICAL for the drift score, WARNING for each drifted signal. */
export function alertConditions(model: ModelId, judgements: Judgements, judgement: Judgement): AlertCondition[] {
  const conditions: AlertCondition[] = [];
  const { driftScore, signals } = judgements;
  if (driftScore >= judgement.scoreCriticalThreshold) {
    const limit = numberInWords(judgement.scoreCriticalThreshold);
    conditions.push({
      id: alertId(model, 'drift-score', 'driftScore'),
      rule: 'drift-score',
      signal: 'driftScore',
      severity: 'CRITICAL',
      title: `Drift score of ${model.name} ${model.version} is ${percent(driftScore)}`,
      reasons: [`drift score ${numberInWords(driftScore)} (critical from ${limit})`],
    });
  }
  for (const signal of signals) {
    if (signal.verdict !== 'drift') continue;
    const { name } = signal.column.spec;
    const what = signal.type === 'embedding' ? 'embedding' : signal.column.role;
    conditions.push({
      id: alertId(model, 'signal-drift', name),
      rule: 'signal-drift',
      signal: name,
      severity: 'WARNING',
      title: what === name ? `${name} drifted` : `${what} ${name} drifted`,
      reasons: reasonsFor(signal, judgement),
    });
  }
  return conditions;
}

function alertId(model: ModelId, rule: string, signal: string): string {
  const identity = JSON.stringify([model.name, model.version, rule, signal]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 16);
}
