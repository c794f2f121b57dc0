/** Names that do not simply go to Python. */
export const names = {
  /** Python's keywords, which no attribute is spelt as: always ours. */
  always: new Set(['as', 'async', 'await', 'del', 'in', 'is', 'with']),
  /** Names that JavaScript itself asks for: a real attribute stays, but `__getattr__` is not asked. */
  reserved: new Set([
    'then',
    'toJSON',
    'constructor',
    'prototype',
    '$$typeof',
    'asymmetricMatch',
    '__proto__',
    'toString',
    'toLocaleString',
    'valueOf',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    // What test frameworks look for in everything they compare or print.
    'nodeType',
    '@@__IMMUTABLE_ITERABLE__@@',
    '@@__IMMUTABLE_KEYED__@@',
    '@@__IMMUTABLE_LIST__@@',
    '@@__IMMUTABLE_ORDERED__@@',
    '@@__IMMUTABLE_RECORD__@@',
    '@@__IMMUTABLE_SEQ__@@',
    '@@__IMMUTABLE_SET__@@',
  ]),
  /** JavaScript's protocol wins over the generator methods of the same name. */
  generator: new Set(['next', 'return', 'throw']),
  /** Members of Function.prototype that throw when they are read. */
  never: new Set(['caller', 'arguments']),
} as const;
