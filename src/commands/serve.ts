import type { Command } from 'commander';
import type { Io } from './io.ts';
import { defineCommand } from './options.ts';

export function registerServe(program: Command, io: Io): void {
  const command = program
    .command('serve')
    .description('answer over HTTP: how models stand, reports and metrics; take logs from services in any language')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on; 0 takes a free one (default: 8080)')
    .addHelpText(
      'after',
      `
GET /openapi.json describes all that is answered; GET / leads to the pages.

On an address that others can reach, whoever asks needs a token. DRIFT_SERVE_TOKENS, or
the file of serveTokensFile, has one on each line: a name, scopes and the SHA-256 of the
token. Scopes are read, write (log predictions) and operate (start checks and
retrainings, change configurations).
  TOKEN=$(openssl rand -hex 32)
  echo "grafana read $(printf %s "$TOKEN" | sha256sum | cut -d' ' -f1)" >> tokens

SIGTERM or SIGINT ends it: it takes nothing more, finishes what was asked and writes
what was logged, for at most serveGraceSeconds (25).

Exit codes:
  0  stopped, and everything that was logged is written or spilled
  1  an error, or not everything could be written
  2  bad usage or configuration

Examples:
  drift-monitor serve
  drift-monitor serve --config drift.yaml --host 0.0.0.0 --port 8080
  curl http://127.0.0.1:8080/inference-logs --json \\
    '{"model_name":"churn","model_version":"v7","records":[{"features":{"age":41}}]}'`,
    );
  defineCommand(command, io, async (context) => (await import('./serve-start.ts')).serve(context));
}
