import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BridgeError, py } from 'caduceus';

py.exec(`
  import types
  class Base:
      def __init__(self): self.inner = types.SimpleNamespace()
      @property
      def raises_inside(self): return self.inner.no_such
      @property
      def raises_same_name(self): return self.inner.raises_same_name
      @property
      def raises_by_hand(self): raise AttributeError('by hand')
      @property
      def raises_value_error(self): raise ValueError('no attribute')
  class Chain:
      def __init__(self, target): self.target = target
      def __getattr__(self, name): return getattr(self.target, name)
  class ByHand:
      def __getattr__(self, name):
          if name == 'known': return 1
          raise AttributeError(name)
  class Slow:
      def __getattr__(self, name): raise KeyError(name)
  class Garbage:
      def __getattribute__(self, name): raise AttributeError(f'garbage {name}')
`);
const { Base, Chain, ByHand, Slow, Garbage } = py.main;

test('a missing attribute is undefined', () => {
  for (const object of [
    Base(),
    Base,
    py.main,
    py.builtins.len,
    py.list([]),
    ByHand(),
    py.builtins.object(),
  ]) {
    assert.equal(object.no_such_name, undefined);
    assert.equal('no_such_name' in object, false);
    assert.equal(py.hasAttr(object, 'no_such_name'), false);
  }
});

test('an AttributeError raised inside a property is thrown', () => {
  const object = Base();
  assert.throws(() => object.raises_inside, { name: 'AttributeError', message: /no_such/ });
  assert.throws(() => object.raises_same_name, { name: 'AttributeError', message: /raises_same_name/ });
  assert.throws(() => object.raises_by_hand, { name: 'AttributeError', message: 'by hand' });
  assert.throws(() => object.raises_value_error, { name: 'ValueError' });
  assert.throws(() => 'raises_inside' in object, { name: 'AttributeError' });
});

test('__getattr__ that passes on to another object: missing there is missing here', () => {
  const chain = Chain(Chain(Base()));
  assert.equal(chain.no_such_name, undefined);
  assert.throws(() => chain.raises_inside, { name: 'AttributeError', message: /no_such/ });
  assert.throws(() => chain.raises_value_error, { name: 'ValueError' });
});

test('__getattr__ that raises by hand says missing; other errors are thrown', () => {
  assert.equal(ByHand().known, 1);
  assert.equal(ByHand().unknown, undefined);
  assert.throws(() => Slow().x, { name: 'KeyError' });
  assert.throws(() => 'x' in Slow(), { name: 'KeyError' });
});

test('a module’s __getattr__ is asked, and what it raises for a name is missing', () => {
  py.exec(`
    import sys
    lazy = types.ModuleType('lazy')
    def _lazy(name):
        if name == 'there': return 'made'
        if name == 'broken': return types.SimpleNamespace().inner
        raise AttributeError(f"module 'lazy' has no attribute {name!r}")
    lazy.__getattr__ = _lazy
    sys.modules['lazy'] = lazy
  `);
  const lazy = py.import('lazy');
  assert.equal(lazy.there, 'made');
  assert.equal(lazy.absent, undefined);
  assert.throws(() => lazy.broken, { name: 'AttributeError', message: /inner/ });
});

test('an object that answers every attribute with an error is held and shown', () => {
  const garbage = Garbage();
  assert.equal(typeof garbage, 'object');
  assert.equal(garbage.anything, undefined);
  assert.equal(typeof String(Object.keys(garbage)), 'string');
});

test('a class’s and a metaclass’s attributes are told apart', () => {
  py.exec(`
    class Meta(type):
        @property
        def of_meta(cls): return 'meta'
        @property
        def fails(cls): return cls.nothing_here
    class WithMeta(metaclass=Meta): pass
  `);
  const { WithMeta } = py.main;
  assert.equal(WithMeta.of_meta, 'meta');
  assert.equal(WithMeta().of_meta, undefined);
  assert.equal(WithMeta.absent, undefined);
  assert.throws(() => WithMeta.fails, { name: 'AttributeError', message: /nothing_here/ });
});

test('a name that was missing just before is answered with the closest names', () => {
  const math = py.import('math');
  assert.throws(
    () => math.sqroot(2),
    (error: Error) => error instanceof TypeError,
  );
  assert.throws(
    () => py.item(math.sqrtt, 0),
    (error: BridgeError) =>
      error.code === 'NOT_PYTHON' && /sqrtt/.test(error.message) && /did you mean .*sqrt/.test(error.message),
  );
  assert.throws(() => py.attr(math, 'sqrtt'), { name: 'AttributeError', message: /sqrtt/ });
});
