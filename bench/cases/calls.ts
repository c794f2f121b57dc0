// Calls of Python functions and methods.

import type { Case } from './case.ts';

const python = `
import math

class Person:
    def greet(self, times, weight, name):
        return name

person = Person()

def pick(a, *, b):
    return b
`;

export const sqrtHoisted: Case = {
  name: 'sqrt',
  title: '`const { sqrt } = math`, then `sqrt(2.5)`',
  target: { kind: 'ratio', limit: 1.5 },
  expected: Math.sqrt(2.5),
  python,
  caduceus: ({ py }) => {
    const { sqrt } = py.import('math');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = sqrt(2.5);
      return last;
    };
  },
  floor: (floor) => {
    const sqrt = floor.evaluate('math.sqrt');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = floor.callFloat(sqrt, 2.5);
      return last;
    };
  },
};

export const sqrtMethod: Case = {
  ...sqrtHoisted,
  name: 'math-sqrt',
  title: '`math.sqrt(2.5)`; floor: one crossing',
  caduceus: ({ py }) => {
    const math = py.import('math');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = math.sqrt(2.5);
      return last;
    };
  },
  floor: (floor) => {
    const math = floor.importModule('math');
    const sqrt = floor.intern('sqrt');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = floor.callMethodFloat(math, sqrt, 2.5);
      return last;
    };
  },
};

const { target: _, ...sqrtUntargeted } = sqrtMethod;

export const sqrtTwoCrossings: Case = {
  ...sqrtUntargeted,
  name: 'math-sqrt-twice',
  title: '`math.sqrt(2.5)`; floor: get, then call',
  floor: (floor) => {
    const math = floor.importModule('math');
    const sqrt = floor.intern('sqrt');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = floor.callTakenFloat(floor.getAttr(math, sqrt), 2.5);
      return last;
    };
  },
};

export const methodMixed: Case = {
  name: 'method',
  title: "`person.greet(1, 2.5, 'abc')` → string",
  target: { kind: 'ratio', limit: 1.5 },
  expected: 'abc',
  python,
  caduceus: ({ py }) => {
    const { person } = py.main;
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = person.greet(1, 2.5, 'abc');
      return last;
    };
  },
  floor: (floor) => {
    const person = floor.evaluate('person');
    const greet = floor.intern('greet');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = floor.callMethodMixed(person, greet, 1, 2.5, 'abc');
      return last;
    };
  },
};

export const keyword: Case = {
  name: 'keyword',
  title: '`pick(1, kw({ b: 2 }))`',
  target: { kind: 'sqrts', limit: 400 / 72 },
  expected: 2,
  python,
  caduceus: ({ py, kw }) => {
    const { pick } = py.main;
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = pick(1, kw({ b: 2 }));
      return last;
    };
  },
  floor: (floor) => {
    const pick = floor.evaluate('pick');
    const names = floor.evaluate("('b',)");
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = floor.callKeyword(pick, 1, names, 2);
      return last;
    };
  },
};
