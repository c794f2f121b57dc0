// Numbers that a seed decides.

/** A generator of numbers from 0 to 1 (mulberry32): the same seed, the same numbers. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  text(): string {
    const alphabets = ['abc xyz', 'äöü ñ', 'тест日本', '🐍𝄞a', 'a\0b'];
    const letters = [...this.pick(alphabets)];
    return Array.from({ length: this.below(30) }, () => this.pick(letters)).join('');
  }
}
