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
