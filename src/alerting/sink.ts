import { DriftMonitorError } from '../errors.ts';
import type { Notification } from './notification.ts';

/**
 * Where notifications go. One attempt is one call of `send`, which resolves once the receiver has confirmed, and rejects with a
 * `DeliveryError` in every other case, within its own time limit. What a receiver can use to tell that it has a notification
 * already (`id`, `dedupKey`) is the same in every attempt. A message has a bounded size, however many alerts it is about, and
 * neither it nor an error ever holds a secret.
 */
export interface Sink {
  send(notification: Notification): Promise<void>;
}

export interface DeliveryFailure {
  /** Whether the same attempt may succeed a little later. */
  readonly isTransient: boolean;
  /** What the receiver asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Whether the receiver may have acted all the same: it was asked, and its answer is not known. */
  readonly mayHaveArrived?: boolean;
  /** Whether some of those behind the receiver have it, so that it is not sent again. */
  readonly wasTaken?: boolean;
  /** Whether it is this message that the receiver refuses: others may be taken. */
  readonly refusesMessage?: boolean;
}

export class DeliveryError extends DriftMonitorError {
  override name = 'DeliveryError';
  readonly failure: DeliveryFailure;

  constructor(message: string, failure: DeliveryFailure) {
    super(message);
    this.failure = failure;
  }
}
