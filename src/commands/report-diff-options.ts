export interface DiffOptions {
  readonly format?: string;
  readonly failOn?: readonly string[];
}

export const DIFF_FORMATS = ['text', 'json', 'markdown'] as const;
export const DIFF_FAIL_ON = ['minor', 'drift', 'insufficient-data'] as const;
