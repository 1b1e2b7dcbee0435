/** Floating-point numbers as text: base64 of their little-endian bytes. */
export function encodeFloats(numbers: Float16Array | Float32Array | Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');
}

/** Throws where the text does not hold exactly `length` numbers. */
export function decodeFloats<T extends Float16Array | Float32Array | Float64Array>(
  text: string,
  type: new (length: number) => T,
  length: number,
): T {
  const bytes = Buffer.from(text, 'base64');
  const numbers = new type(length);
  if (bytes.length !== numbers.byteLength) {
    throw new Error(`${bytes.length} bytes of numbers where ${numbers.byteLength} are expected`);
  }
  new Uint8Array(numbers.buffer).set(bytes);
  return numbers;
}
