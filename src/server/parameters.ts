import { z } from 'zod';
import { MODEL_ID } from '../storage/layout.ts';

export const modelName = z.string().regex(MODEL_ID).describe('name of a model');
export const modelVersion = z.string().regex(MODEL_ID).describe('version of a model');

/** As a query has it. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}
