// The first bytes of a file.

import { closeSync, openSync, readSync } from 'node:fs';

/** Empty when the file cannot be read: whoever asks goes on with what the names tell. */
export function fileHead(file: string, bytes: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, 0));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
