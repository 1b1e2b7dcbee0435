import { generate } from 'selfsigned';

export interface Certificate {
  /** Both in PEM. */
  readonly key: string;
  readonly cert: string;
}

let made: Certificate | undefined;

/** One that nobody trusts, made once in a process, which takes 0.1 to 0.4 s: no private key lies in the repository. */
export function untrustedCertificate(): Certificate {
  if (made !== undefined) return made;
  const subject = [{ name: 'commonName', value: 'untrusted.test' }];
  const { private: key, cert } = generate(subject, { keySize: 2048, algorithm: 'sha256' });
  made = { key, cert };
  return made;
}
