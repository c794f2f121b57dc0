/** The encoder's program: JavaScript data to Python objects. native/bridge/to_python.cpp runs it. */
export const Make = {
  none: 0,
  true: 1,
  false: 2,
  /** x */
  number: 3,
  /** index of the value */
  text: 4,
  /** index of the value */
  big: 5,
  /** handle */
  handle: 6,
  list: 7,
  tuple: 8,
  dict: 9,
  close: 10,
  /** number of the container in the order of opening */
  repeat: 11,
  /** index of the value, id, mode */
  jsObject: 12,
  /** milliseconds */
  date: 13,
} as const;

/** The decoder's program: Python data to JavaScript values. native/bridge/flatten.cpp writes it. */
export const Build = {
  /** index */
  value: 0,
  /** x */
  number: 1,
  null: 2,
  true: 3,
  false: 4,
  array: 5,
  object: 6,
  map: 7,
  set: 8,
  close: 9,
  /** number of the container, new object or what a codec made, in their order */
  repeat: 10,
  /** handle, kind; or the index of an error in the values, -1 */
  wrap: 11,
  /** the number of the codec that converts the next value */
  codec: 12,
} as const;

/** How a JavaScript object behaves in Python; native/bridge/env.hpp has the same list. */
export const Mode = {
  callback: 0,
  call: 1,
  construct: 2,
  object: 3,
  iterator: 4,
  buffer: 5,
  promise: 6,
  takenPromise: 7,
  asyncIterable: 8,
  asyncDisposable: 9,
  disposable: 10,
  array: 11,
  map: 12,
  set: 13,
} as const;

/** A mode says above this how a function is declared for Python, by the declaration's number: `mode + number * declared`. */
export const declared = 16;
