import { expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { openWorkspace } from '../../src/scan/workspace.ts';

it('names the directory and the setting where no scratch files can be made', async () => {
  const opening = openWorkspace('/nonexistent/scratch', []);
  await expect(opening).rejects.toThrow(UsageError);
  await expect(opening).rejects.toThrow(/in \/nonexistent\/scratch \(ENOENT\): .*DRIFT_TEMP_DIRECTORY/);
});
