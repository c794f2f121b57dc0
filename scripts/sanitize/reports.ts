// Reading a sanitizer's log.

/** The reports with a frame of the native library in them, each cut to what tells. */
export function reportsIn(log: string): string[] {
  return log
    .split(/^={10,}$/m)
    .filter((report) => /WARNING: ThreadSanitizer|ERROR: AddressSanitizer/.test(report))
    .filter((report) => /caduceus\.node|\bnative\/\w+/.test(report))
    .map((report) => report.trim().split('\n').slice(0, 40).join('\n'));
}
