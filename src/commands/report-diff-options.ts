export interface DiffOptions {
  readonly format?: string;
  readonly failOn?: string;
}

export const DIFF_FORMATS = ['text', 'json', 'markdown'] as const;
export const DIFF_FAIL_ON = ['drift', 'minor'] as const;
