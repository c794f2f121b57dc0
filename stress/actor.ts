// Who does operations at random: one on each JavaScript thread.

import type { Random } from './random.ts';

export interface Operation {
  name: string;
  /** How often it is chosen, compared with the others. */
  weight: number;
  run(random: Random, python: any): unknown;
}

/** Does one operation after the other until told to stop; some overlap, as promises do. */
export class Actor {
  readonly counts: Record<string, number> = {};
  done = 0;
  readonly #random: Random;
  readonly #operations: Operation[];
  readonly #weights: number;
  readonly #python: any;
  #open = true;

  constructor(random: Random, list: Operation[], python: any) {
    this.#random = random;
    this.#operations = list;
    this.#weights = list.reduce((sum, { weight }) => sum + weight, 0);
    this.#python = python;
  }

  stop(): void {
    this.#open = false;
  }

  /** Three at a time: so an abort meets a call, and a callback an await. */
  async run(): Promise<void> {
    await Promise.all([this.#lane(), this.#lane(), this.#lane()]);
  }

  async #lane(): Promise<void> {
    while (this.#open) {
      for (let n = this.#random.below(20); n >= 0 && this.#open; n--) {
        const operation = this.#choose();
        try {
          const result = operation.run(this.#random, this.#python);
          if (result instanceof Promise) await result;
        } catch (error) {
          throw new Error(`in '${operation.name}': ${(error as Error)?.stack ?? error}`);
        }
        this.counts[operation.name] = (this.counts[operation.name] ?? 0) + 1;
        this.done += 1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #choose(): Operation {
    let left = this.#random.next() * this.#weights;
    for (const operation of this.#operations) {
      left -= operation.weight;
      if (left < 0) return operation;
    }
    return this.#operations[0] as Operation;
  }
}
