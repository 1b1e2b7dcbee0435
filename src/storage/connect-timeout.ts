import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/** A packet to the other side of the earth and back, once lost and sent again after a second. */
const CONNECT_TIMEOUT_MS = 1_500;

/** A storage that is alive answers a request, or goes on with an answer, within this time. */
const SILENCE_TIMEOUT_MS = 60_000;

/**
 * Keeps connections to the host of `url` open between requests, and breaks those off with `ETIMEDOUT` that are not
 * established in 1.5 s or are silent for 60 s. Node.js itself would wait for two minutes and for ever.
 */
export function createAgent(url: string): HttpAgent {
  const options = { keepAlive: true, timeout: SILENCE_TIMEOUT_MS };
  const agent = url.toLowerCase().startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (target, callback) => {
    const socket = connect(target, callback);
    if (socket) breakOffInTime(socket);
    return socket;
  };
  return agent;
}

export function breakOffInTime(socket: Duplex): void {
  const breakOff = () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
  const connecting = setTimeout(breakOff, CONNECT_TIMEOUT_MS);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(connecting));
  socket.on('timeout', breakOff);
}
