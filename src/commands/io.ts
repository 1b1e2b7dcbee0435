/** What a command may touch of the world outside: the process, replaced in tests. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const processIo: Io = {
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
};

/** One document on stdout, whole before the program ends. */
export async function printJson(io: Io, document: unknown): Promise<void> {
  await print(io, JSON.stringify(document, null, 2));
}

export async function print(io: Io, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    io.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}
