import { z } from 'zod';
import { integer, setting, text } from './setting.ts';

/** Of `drift-monitor serve`. Its tokens are no settings: they come from `TOKENS_VARIABLE` or the file of serveTokensFile. */
export const serveSettings = {
  serveHost: text({
    env: 'DRIFT_SERVE_HOST',
    flag: '--host',
    description: 'Address that serve listens on; any but one of this machine alone needs tokens',
  }).default('127.0.0.1'),
  servePort: integer(0, 65_535, {
    env: 'DRIFT_SERVE_PORT',
    flag: '--port',
    description: 'Port that serve listens on; 0 takes a free one',
  }).default(8080),
  serveTokensFile: text({
    env: 'DRIFT_SERVE_TOKENS_FILE',
    description: 'File of the tokens that serve accepts, hashed, where they are not in DRIFT_SERVE_TOKENS',
  }).optional(),
  serveBodyLimitMib: integer(1, 64, {
    env: 'DRIFT_SERVE_BODY_LIMIT_MIB',
    unit: 'MiB',
    description: 'Largest body that serve takes',
  }).default(4),
  serveRequestsPerSecond: integer(1, 100_000, {
    env: 'DRIFT_SERVE_REQUESTS_PER_SECOND',
    unit: 'requests a second',
    description: 'Requests that serve answers for one token, or one address without a token',
  }).default(100),
  serveBufferMib: integer(1, 65_536, {
    env: 'DRIFT_SERVE_BUFFER_MIB',
    unit: 'MiB',
    description: 'Logged rows that serve keeps in memory until they are in storage; above it answers 429',
  }).default(128),
  serveSpillDirectory: text({
    env: 'DRIFT_SERVE_SPILL_DIRECTORY',
    description: 'Directory in which serve keeps logged rows while the storage is down; by default its memory',
  }).optional(),
  serveGraceSeconds: integer(1, 3600, {
    env: 'DRIFT_SERVE_GRACE_SECONDS',
    unit: 'seconds',
    description: 'Time that serve has, once told to stop, to finish requests and write what was logged',
  }).default(25),
  serveCronJob: setting(z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,51}[a-z0-9])?$/), {
    env: 'DRIFT_SERVE_CRON_JOB',
    allowed: 'the name of a CronJob',
    description: 'CronJob that POST /drift/check starts a Job from; by default serve runs the check itself',
  }).optional(),
};
