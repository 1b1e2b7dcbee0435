import { createTransport, type SentMessageInfo, type Transporter } from 'nodemailer';
import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Message, messageOf, plainText } from '../message.ts';
import { type Notification, shortened } from '../notification.ts';
import { DeliveryError, type Sink } from '../sink.ts';

/** One mail a notification. Its Message-ID is the same in every attempt, by which mail servers know a repetition. */
export function emailSink(settings: SinkSettingsOf<'email'>): Sink {
  const { host, port, tls, user, password, from, to, timeoutSeconds } = settings;
  const timeout = timeoutSeconds * 1000;
  return {
    async send(notification) {
      const transport = createTransport({
        host,
        port,
        secure: tls === 'implicit',
        requireTLS: tls === 'starttls',
        ignoreTLS: tls === 'off',
        ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
        connectionTimeout: timeout,
        greetingTimeout: timeout,
        socketTimeout: timeout,
        // Nothing of a message may make the library read files or URLs.
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await withinTime(transport, { from, to, ...mailOf(notification) }, timeout, host);
      } finally {
        transport.close();
      }
    },
  };
}

async function withinTime(
  transport: Transporter<SentMessageInfo>,
  mail: Parameters<Transporter['sendMail']>[0],
  ms: number,
  host: string,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' })), ms);
  });
  try {
    const { rejected = [] } = await Promise.race([transport.sendMail(mail), tooLate]);
    if (rejected.length === 0) return;
    const message = `${host} refuses ${rejected.length} of the addresses; the others have it`;
    throw new DeliveryError(message, { isTransient: false, wasTaken: true });
  } catch (error) {
    throw error instanceof DeliveryError ? error : deliveryError(host, error);
  } finally {
    clearTimeout(timer);
  }
}

export function mailOf(notification: Notification) {
  const message = messageOf(notification);
  const mark = message.severity === undefined ? 'resolved' : message.severity;
  return {
    subject: shortened(`[drift ${mark}] ${message.heading}`, 200),
    messageId: `<${notification.id}@drift-monitor>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Drift-Monitor-Model': notification.model.name },
    text: plainText(message),
    html: html(message),
  };
}

function html({ heading, facts, items, more, command, acknowledge }: Message): string {
  const list = items.map(({ title, reasons, since }) => {
    const why = reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('');
    return `<p><strong>${escaped(title)}</strong> (${escaped(since)})</p><ul>${why}</ul>`;
  });
  const rows = facts.map(({ name, value }) => `<tr><td>${escaped(name)}</td><td>${escaped(value)}</td></tr>`);
  return `<h2>${escaped(heading)}</h2><table>${rows.join('')}</table>${list.join('')}<p>${escaped(more)}</p><pre>${escaped(command)}\n${escaped(acknowledge)}</pre>`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** SMTP answers 4xx to what may be tried again (RFC 5321, 4.2.1). Its texts may repeat what was sent: only codes are told. */
function deliveryError(host: string, error: unknown): DeliveryError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const answered = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : undefined;
  if (code === 'EAUTH') return new DeliveryError(`${host} does not accept user and password`, { isTransient: false });
  if (answered !== undefined && answered >= 400) {
    return new DeliveryError(`${host} answered ${answered}`, {
      isTransient: answered < 500,
      refusesMessage: answered >= 500,
    });
  }
  // The library gives every failure of a socket one code.
  const ofTls = error instanceof Error && /certificate|self[- ]signed|altname|TLS|SSL/i.test(error.message);
  if (ofTls) {
    return new DeliveryError(`${host} has a certificate that is not trusted, or no TLS (${code})`, {
      isTransient: false,
    });
  }
  return new DeliveryError(`${host} could not be reached, or cut the connection (${code})`, {
    isTransient: true,
    mayHaveArrived: true,
  });
}
