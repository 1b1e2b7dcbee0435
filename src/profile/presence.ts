import { requireSameSpec } from './same-spec.ts';

/** Counts of rows that have a value: for what is counted and not compared, such as labels. */
export interface PresenceSpec {
  readonly type: 'presence';
  readonly name: string;
}

/** State of such a column; every field adds. */
export interface PresenceProfile {
  readonly type: 'presence';
  readonly spec: PresenceSpec;
  readonly present: number;
  readonly missing: number;
}

export function emptyPresence(spec: PresenceSpec): PresenceProfile {
  return { type: 'presence', spec, present: 0, missing: 0 };
}

/** Throws where the profiles were counted by different specs. */
export function mergePresence(a: PresenceProfile, b: PresenceProfile): PresenceProfile {
  requireSameSpec(a.spec, b.spec);
  return { ...a, present: a.present + b.present, missing: a.missing + b.missing };
}

export class PresenceAccumulator {
  readonly #spec: PresenceSpec;
  #present = 0;
  #missing = 0;

  constructor(spec: PresenceSpec) {
    this.#spec = spec;
  }

  /** `flags`: 1 for each row that has a value. */
  add(flags: Uint8Array, belongs: Uint8Array | undefined): void {
    for (let row = 0; row < flags.length; row++) {
      if (belongs !== undefined && belongs[row] === 0) continue;
      if (flags[row] === 1) this.#present += 1;
      else this.#missing += 1;
    }
  }

  addMissing(rows: number): void {
    this.#missing += rows;
  }

  profile(): PresenceProfile {
    return { type: 'presence', spec: this.#spec, present: this.#present, missing: this.#missing };
  }
}
