// A method that is called again and again is not read anew each time: whatever changes it must be seen all the same.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { kw, py } from 'caduceus';
import { workerSource } from '../support/program.ts';

const gc = globalThis.gc as () => void;

py.exec(`
  import gc, threading, weakref
  def define():
      global Base, Person, Other, person
      class Base:
          def hello(self, x=0): return 'base'
      class Person(Base):
          def greet(self, x=0, y=0, *, z=0): return 'class'
          def replace(self, x=0): self.greet = lambda *args: 'own'; return x
      class Other:
          def greet(self, x=0): return 'other'
      person = Person()
`);

/** Calls until the method is kept. */
function hot(object: any, name = 'greet'): any {
  for (let i = 0; i < 5; i++) object[name](0);
  return object;
}

let person: any;
beforeEach(() => {
  py.main.define();
  person = py.main.person;
});

test('what the method puts in its own place is what is read next', () => {
  py.exec(`
    def once(self, last):
        if last: self.once = lambda last: 'own'
        return 'class'
    def data(self, last):
        if last: self.data = 42
    def gone(self, last):
        if last: del type(self).gone
    def base(self, last):
        if last: type(self).base = lambda self, last: 'new'
        return 'old'
    Person.once, Person.data, Person.gone, Person.base = once, data, gone, base
  `);
  hot(person, 'once');
  assert.equal(person.once(1), 'class');
  assert.equal(person.once(1), 'own');
  hot(person, 'data').data(1);
  assert.equal(person.data, 42);
  hot(person, 'gone').gone(1);
  assert.equal(person.gone, undefined);
  assert.equal('gone' in person, false);
  hot(person, 'base');
  assert.equal(person.base(1), 'old');
  assert.equal(person.base(1), 'new');
});

test('a property that takes the place of its method is read as often as JavaScript reads it', () => {
  py.exec(`
    reads = []
    def greet(self, last):
        if last: type(self).greet = property(lambda self: reads.append(1) or 'read')
    Person.greet = greet
  `);
  hot(person).greet(1);
  assert.equal(py.main.reads.length, 0);
  assert.equal(person.greet, 'read');
  assert.equal(py.main.reads.length, 1);
});

test('a class that gets a __getattribute__ or __getattr__ of its own is asked as often as JavaScript asks', () => {
  py.exec(`
    asked = []
    def look(self, name):
        asked.append(name)
        return object.__getattribute__(self, name)
    def greet(self, last):
        if last: type(self).__getattribute__ = look
    Person.greet = greet
    class Always:
        def __getattribute__(self, name):
            asked.append(name)
            return object.__getattribute__(self, name)
        def greet(self, x): return x
    class Lacking:
        count = 0
        def __getattr__(self, name):
            self.count += 1
            return lambda x: self.count
  `);
  const { asked, Always, Lacking } = py.main;
  hot(person).greet(1);
  assert.deepEqual(asked.as(Array), []);
  person.greet(0);
  assert.deepEqual(asked.as(Array), ['greet']);
  asked.clear();
  const always = Always();
  for (let i = 0; i < 5; i++) always.greet(i);
  assert.deepEqual(asked.as(Array), Array(5).fill('greet'));
  const lacking = Lacking();
  for (let i = 1; i < 5; i++) assert.equal(lacking.greet(0), i);
});

test('what JavaScript assigns, deletes or runs between two calls counts', () => {
  hot(person).greet = 5;
  assert.equal(person.greet, 5);
  delete person.greet;
  assert.equal(hot(person).greet(0), 'class');
  py.exec("person.greet = lambda x: 'own'");
  assert.equal(person.greet(0), 'own');
  assert.equal(hot(person).greet(0), 'own');
  py.exec('del person.greet');
  assert.equal(person.greet(0), 'class');
  hot(person);
  py.exec("Person.greet = lambda self, x: 'new class'");
  assert.equal(person.greet(0), 'new class');
  hot(person, 'hello');
  py.exec("Base.hello = lambda self, x: 'new base'");
  assert.equal(person.hello(0), 'new base');
  hot(person, 'hello');
  py.exec("Person.__bases__ = (type('Mixin', (Base,), {'hello': lambda self, x: 'mixin'}),)");
  assert.equal(person.hello(0), 'mixin');
  hot(person);
  py.main.Person.greet = 7;
  assert.equal(person.greet, 7);
});

test('an object that becomes one of another class has its methods', () => {
  py.exec(`
    def greet(self, last):
        if last: self.__class__ = Other
        return 'class'
    Person.greet = greet
  `);
  hot(person);
  assert.equal(person.greet(1), 'class');
  assert.equal(person.greet(1), 'other');
  py.exec('person.__class__ = Person');
  assert.equal(person.greet(0), 'class');
});

test('arguments that replace the method come after it was read, as in any call', () => {
  hot(person);
  assert.equal(person.greet(person.replace(1)), 'class');
  assert.equal(person.greet(0), 'own');
});

test('a method that was stored is the one that was read', () => {
  hot(person);
  const { greet } = person;
  py.exec("Person.greet = lambda self, x: 'new'");
  assert.equal(greet(0), 'class');
  assert.equal(person.greet(0), 'new');
  assert.equal(greet(0), 'class');
});

test('callbacks inside the method may change it, and make other methods hot', () => {
  py.exec(`
    def greet(self, fn): fn(); return 'class'
    Person.greet = greet
    other, second = Other(), Person()
  `);
  const { other, second } = py.main;
  const calls = [
    () => {},
    () => {},
    () => hot(other),
    () => hot(second, 'hello'),
    () => py.attr(person, 'hello'),
    () => hot(person, 'hello'),
    () => {},
  ];
  for (const call of calls) assert.equal(person.greet(call), 'class');
  assert.equal(person.hello(0), 'base');
  py.exec(`
    hook = lambda: None
    def greet(self, x): hook(); return 'class'
    Person.greet = greet
  `);
  hot(person);
  py.main.hook = () => py.exec("person.greet = lambda x: 'own'");
  assert.equal(person.greet(0), 'class');
  assert.equal(person.greet(0), 'own');
  py.exec('del person.greet');
  py.main.hook = () => {};
  hot(person);
  // The last thing that runs in the callback keeps the same method of another object.
  py.main.hook = () => {
    py.main.hook = () => {};
    hot(second);
    py.exec("person.greet = lambda x: 'own'");
    hot(second);
  };
  assert.equal(person.greet(0), 'class');
  assert.equal(person.greet(0), 'own');
  assert.equal(second.greet(0), 'class');
});

test('what Python does after a callback that kept a method counts', () => {
  py.exec(`
    def going_on(fn, x): fn(); person.greet = 42; return x
    def greet(self, x):
        if x: second.greet = hook() or 43
        return 'class'
    Person.greet = greet
    second = Person()
  `);
  const { going_on: goingOn, second } = py.main;
  assert.equal(
    goingOn(() => hot(person), 1),
    1,
  );
  assert.equal(person.greet, 42);
  py.exec('del person.greet');
  py.main.hook = () => {
    hot(second);
  };
  assert.equal(hot(person).greet(1), 'class');
  assert.equal(second.greet, 43);
});

test('objects and names that take turns are not taken for each other', () => {
  py.exec(`
    class Named:
        def __init__(self, name): self.name = name
        def first(self, x): return f'{self.name} first {x}'
        def second(self, x): return f'{self.name} second {x}'
    a, b = Named('a'), Named('b')
  `);
  const { a, b } = py.main;
  for (let i = 0; i < 6; i++) {
    for (const [object, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      for (const method of ['first', 'first', 'second', 'second', 'second']) {
        assert.equal(object[method](i), `${name} ${method} ${i}`);
      }
    }
  }
});

test('arguments of every kind reach a kept method', () => {
  py.exec('Person.greet = lambda self, *args, **names: [*args, names]');
  const values: unknown[][] = [
    [],
    [1],
    [1, 'é', null],
    [true, undefined, 2n ** 70n, 'x', 0.5],
    [1, 2, 3, 4, 5, 6, 7],
  ];
  for (const value of [...values, [{ a: 1 }], [[1], 2], [kw({ x: 2 })], [() => 1]]) {
    hot(person);
    const result = person.greet(...value).as(Array);
    const named = value.length > 0 && kw({}).constructor === (value.at(-1) as object)?.constructor;
    assert.equal(result.length, (named ? 0 : value.length) + 1);
    assert.equal(JSON.stringify(result.at(-1)), named ? '{"x":2}' : '{}');
  }
  assert.throws(() => hot(person).greet(Symbol.iterator, kw({ x: 1 }), 3), { code: 'WRONG_ARGUMENT' });
});

test('errors and proxies come out of a kept method', () => {
  py.exec(`
    def greet(self, x):
        if x: raise KeyError(x)
        return self
    Person.greet = greet
  `);
  for (let i = 0; i < 5; i++) {
    assert.equal(person.greet(0), person);
    assert.throws(() => person.greet(i + 1), { name: 'KeyError', message: String(i + 1) });
  }
});

test('after dispose, inside py.detach and in another turn nothing is kept', async () => {
  const own = hot(py.main.Other());
  own[Symbol.dispose]();
  assert.throws(() => own.greet, { code: 'RELEASED' });
  py.attach(() => {
    hot(person);
    py.detach(() => assert.throws(() => person.greet, { code: 'DETACHED' }));
    assert.equal(person.greet(0), 'class');
  });
  py.exec(`
    def greet_in_thread():
        Person.greet = lambda self, x: 'thread'
    thread = threading.Timer(0.05, greet_in_thread)
  `);
  py.main.thread.start();
  hot(person);
  await sleep(300);
  assert.equal(person.greet(0), 'thread');
});

test('a kept method keeps its object no longer than until the next turn', async () => {
  py.exec('watched = weakref.WeakSet()');
  (() => {
    const own = py.main.Other();
    py.main.watched.add(own);
    hot(own);
  })();
  for (let i = 0; i < 100 && py.main.watched.length > 0; i++) {
    await turn();
    gc();
    await turn();
    py.main.gc.collect();
  }
  assert.equal(py.main.watched.length, 0);
});

test('a bound method that became an object of its own is not handed out again', () => {
  hot(person);
  const { greet } = person;
  assert.equal(greet.__name__, 'greet');
  assert.equal(person.greet(0), 'class');
  assert.equal(hot(person).greet(0), 'class');
  assert.ok(py.builtins.repr(person.greet).includes('bound method'));
});

const replacements: [argument: unknown, code: string][] = [
  [0, "Person.greet = lambda self, x: 'worker'"],
  [0, "person.greet = lambda x: 'worker'"],
  [{}, "person.greet = lambda x: 'worker'"],
];
for (const [argument, code] of replacements) {
  test(`a call with ${JSON.stringify(argument)} sees what a worker has done meanwhile, even before the next turn: ${code}`, async () => {
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const source = workerSource(`
      Atomics.wait(workerData, 0, 0);
      py.exec(${JSON.stringify(code)});
      Atomics.store(workerData, 1, 1);
      Atomics.notify(workerData, 1);
    `);
    const worker = new Worker(JSON.parse(source), { eval: true, workerData: flag });
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    hot(person);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    assert.notEqual(Atomics.wait(flag, 1, 0, 60_000), 'timed-out');
    assert.equal(person.greet(argument), 'worker');
    assert.equal(person.greet(argument), 'worker');
    await ended;
  });
}
