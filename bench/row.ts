// What every part of the benchmark reports: one row of the table.

export interface Row {
  readonly title: string;
  readonly caduceus: string;
  readonly floor: string;
  /** The figure that the target is about, with its spread. */
  readonly figure: string;
  readonly target: string;
  /** Undefined where the row has no target. */
  readonly met: boolean | undefined;
}

/** The row of something that did not run: the reason is printed, the table stays whole. */
export function failedRow(title: string): Row {
  return { title, caduceus: 'failed', floor: '', figure: '', target: '', met: false };
}

export function duration(nanoseconds: number): string {
  if (nanoseconds < 9_950) return `${Math.round(nanoseconds)} ns`;
  if (nanoseconds < 9_950_000) return `${(nanoseconds / 1e3).toFixed(nanoseconds < 99_500 ? 1 : 0)} us`;
  return `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
