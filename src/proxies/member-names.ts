/** Names that do not simply go to Python. */
export const names = {
  /** Python's keywords, which no attribute is spelt as: always ours. */
  always: new Set(['as', 'del', 'in', 'is', 'with']),
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
  ]),
  /** JavaScript's protocol wins over the generator methods of the same name. */
  generator: new Set(['next', 'return', 'throw']),
  /** Members of Function.prototype that throw when they are read. */
  never: new Set(['caller', 'arguments']),
} as const;
