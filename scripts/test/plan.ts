// Which (runtime, Python) pairs a run consists of.

import type { Interpreter, Interpreters } from './interpreters.ts';
import { bun, currentNode, deno, node, type Runtime } from './runtimes.ts';

export interface Choice {
  quick: boolean;
  debugBuilds: boolean;
  pythons: string[];
  nodes: string[];
}

export interface Pair {
  runtime: Runtime;
  python: Interpreter;
  /** Bun and Deno run the smoke test instead of the test files. */
  smoke: boolean;
  /** The test files that this pair runs. */
  files: string[];
}

export interface Plan {
  pairs: Pair[];
  /** What could not be had, each counted as one skipped. */
  unavailable: string[];
}

/** Fake installations, documents, sources, the command line: what these files test is the same with every Python. */
const oncePerRuntime = /^(environments\/|cli\/|docs\/(errors|free-threading)\.|native\/twins\.)/;
/** The examples show what other files test: each Python on one runtime and each runtime with one Python will do. */
const onceForEach = /^docs\/examples\./;
/** The longest files, which mostly wait for processes to end: the quick run has them on the free-threaded build alone. */
const longest =
  /^(process\/(signals|kept-code|async-ends|busy-workers)|threads\/(blocked-owners|served-callbacks|terminate|rules|bad-input))\./;

/**
 * Everything by default: every flavour on this Node and on the newest, debug flavours on this Node, smoke tests on
 * Bun and Deno. --quick: two flavours on this Node, the longest files on one of them. --python and --node: exactly those, this Node unless told.
 */
export async function makePlan(interpreters: Interpreters, choice: Choice, files: string[]): Promise<Plan> {
  const plan: Plan = { pairs: [], unavailable: [] };
  const two = [interpreters.usual, interpreters.freeThreaded].filter((python) => python !== undefined);
  const release = interpreters.all.filter((python) => !python.debug);
  const debug = interpreters.all.filter((python) => python.debug);
  const named = choice.pythons.length > 0;
  const full = !choice.quick && !named && choice.nodes.length === 0;

  let pythons = choice.quick ? two : release;
  if (named) {
    pythons = interpreters.all.filter((python) => choice.pythons.includes(python.flavour));
    for (const name of choice.pythons) {
      if (!pythons.some((python) => python.flavour === name))
        throw new Error(`--python=${name}: not found here`);
    }
  }
  const nodes = await runtimes(nodeTags(choice, full), plan);
  for (const runtime of nodes) {
    for (const python of pythons) plan.pairs.push({ runtime, python, smoke: false, files: [] });
    if (runtime === currentNode && !named && (full || choice.debugBuilds)) {
      for (const python of debug) plan.pairs.push({ runtime, python, smoke: false, files: [] });
    }
  }
  if (full) {
    for (const [name, find] of [['bun', bun] as const, ['deno', deno] as const]) {
      const runtime = await find();
      if (runtime) for (const python of two) plan.pairs.push({ runtime, python, smoke: true, files: [] });
      else plan.unavailable.push(name);
    }
  }
  for (const pair of plan.pairs) {
    if (!pair.smoke) pair.files = files.filter((file) => isRunBy(pair, file, plan.pairs, interpreters.usual));
    if (choice.quick && two.length > 1 && !pair.python.freeThreaded)
      pair.files = pair.files.filter((file) => !longest.test(file));
  }
  return plan;
}

function isRunBy(pair: Pair, file: string, pairs: Pair[], usual: Interpreter | undefined): boolean {
  const ofRuntime = pairs.filter(({ runtime }) => runtime === pair.runtime);
  const isTheOne = pair === (ofRuntime.find(({ python }) => python === usual) ?? ofRuntime[0]);
  if (oncePerRuntime.test(file)) return isTheOne;
  if (onceForEach.test(file)) return isTheOne || pair.runtime === pairs[0]?.runtime;
  return true;
}

function nodeTags(choice: Choice, full: boolean): string[] {
  if (choice.nodes.length > 0) return choice.nodes;
  if (!full) return ['current'];
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 22 ? ['current', 'latest', '20'] : ['current', 'latest'];
}

async function runtimes(tags: string[], plan: Plan): Promise<Runtime[]> {
  const found: Runtime[] = [];
  for (const tag of tags) {
    const runtime = await node(tag);
    if (!runtime) plan.unavailable.push(`node ${tag}`);
    else if (!found.some((other) => other.name === runtime.name)) found.push(runtime);
  }
  return found;
}
