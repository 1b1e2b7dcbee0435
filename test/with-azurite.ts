/**
 * Runs a command with a real Azurite as its storage: `node test/with-azurite.ts node examples/spam-detector/demo.ts`.
 * The command finds it by DRIFT_STORAGE_URL and AZURE_STORAGE_CONNECTION_STRING; its exit code is passed on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startAzurite } from './azurite.ts';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('usage: node test/with-azurite.ts COMMAND [ARGUMENT…]');

const azurite = await startAzurite();
try {
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      DRIFT_STORAGE_URL: azurite.url('drift'),
      AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    },
  });
  const [code] = await once(child, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
} finally {
  await azurite.stop();
}
