/** What a Python type can do; python/caduceus/_kinds.py has the same list. */
export const Kind = {
  callable: 1 << 4,
  class: 1 << 5,
  module: 1 << 6,
  /** registered with or derived from collections.abc.Sequence */
  sequence: 1 << 7,
  mapping: 1 << 8,
  /** exactly dict */
  dict: 1 << 9,
  /** has `__getitem__` */
  subscript: 1 << 10,
  /** has `__len__` */
  sized: 1 << 11,
  iterable: 1 << 12,
  iterator: 1 << 13,
  generator: 1 << 14,
  contextManager: 1 << 15,
  /** has `__add__` */
  adds: 1 << 16,
  /** has `__float__` or `__index__` */
  numeric: 1 << 17,
  exception: 1 << 18,
  /** exactly a builtin container or scalar: no attributes beyond its type's */
  exact: 1 << 19,
  /** exactly list or tuple */
  list: 1 << 20,
  set: 1 << 21,
  /** a function or method: no callable of another sort */
  function: 1 << 22,
  /** may keep its state where no attribute shows it */
  opaque: 1 << 23,
  /** has an ordering of its own */
  ordered: 1 << 24,
  /** has `__await__`, or is a Future of concurrent.futures */
  awaitable: 1 << 25,
  /** has `__aiter__` */
  asyncIterable: 1 << 26,
  /** has `__aenter__` and `__aexit__` */
  asyncContextManager: 1 << 27,
  /** not of the type: this function was given */
  callback: 1 << 30,
} as const;
