// `--times`: where the time of a run went, by file and by test.

/** What one run of a file took. */
export interface Times {
  seconds: number;
  /** Seconds of processors, the file's own and its children's. */
  cpu: number;
  tests: { name: string; seconds: number }[];
}

const runs = new Map<string, Times[]>();

export function noteTimes(file: string, times: Times): void {
  runs.set(file, [...(runs.get(file) ?? []), times]);
}

/** Prints each file, the slowest first, and its slow tests: means over the pairs it ran on. */
export function printTimes(): void {
  const files = [...runs].map(([file, times]) => ({
    file,
    seconds: mean(times.map(({ seconds }) => seconds)),
    cpu: mean(times.map(({ cpu }) => cpu)),
    tests: testsOf(times),
  }));
  files.sort((a, b) => b.seconds - a.seconds);
  console.log('\n seconds      cpu  a run, over all pairs');
  for (const { file, seconds, cpu, tests } of files) {
    console.log(`${cell(seconds)} ${cell(cpu)}  ${file}`);
    for (const test of tests) console.log(`${cell(test.seconds)}             ${test.name}`);
  }
  const total = (key: 'seconds' | 'cpu') => [...runs.values()].flat().reduce((sum, run) => sum + run[key], 0);
  console.log(`${cell(total('seconds'))} ${cell(total('cpu'))}  all runs together`);
}

/** The tests of a file that take a tenth of a second or more. */
function testsOf(times: Times[]): { name: string; seconds: number }[] {
  const all = new Map<string, number[]>();
  for (const { name, seconds } of times.flatMap(({ tests }) => tests)) {
    all.set(name, [...(all.get(name) ?? []), seconds]);
  }
  return [...all]
    .map(([name, seconds]) => ({ name, seconds: mean(seconds) }))
    .filter(({ seconds }) => seconds >= 0.1)
    .sort((a, b) => b.seconds - a.seconds);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cell(seconds: number): string {
  return seconds.toFixed(2).padStart(8);
}
