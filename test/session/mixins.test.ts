// Python classes that extend a JavaScript class and others of Python's.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { py } from 'caduceus';

/** Runs Python code with some names; its `answer`. */
function run(code: string, names: Record<string, unknown> = {}): unknown {
  const scope = py.scope({ EventEmitter, ...names });
  scope.exec(code);
  return py.as(scope.get('answer'), Array);
}

class Shape {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  area(): number {
    return this.size * this.side();
  }
  side(): number {
    return this.size;
  }
}

describe('a Python class that extends a JavaScript class and others', () => {
  test('has what comes first in its order, for JavaScript too', () => {
    assert.deepEqual(
      run(
        `
class Mixin:
    def side(self): return 100
    def extra(self): return self.side() + 1
class After(Shape, Mixin): pass
class Before(Mixin, Shape): pass
class Again(Before, Mixin): pass
answer = [[box.side(), box.area(), box.extra(), look(box)] for box in (After(4), Before(4), Again(4))]`,
        { Shape, look: (box: any) => [box.side(), box.area(), box.extra()] },
      ),
      [
        [4, 16, 5, [4, 16, 5]],
        [100, 400, 101, [100, 400, 101]],
        [100, 400, 101, [100, 400, 101]],
      ],
    );
  });
});
