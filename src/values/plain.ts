/** Whether `value` is an object literal or the like, of any realm: data rather than an instance of something. */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return !(Symbol.toStringTag in value);
  return (
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf') &&
    !(Symbol.toStringTag in value) &&
    !(Symbol.iterator in value)
  );
}

/** Whether `value` is an array and not an instance of a subclass, of any realm. */
export function isPlainArray(value: unknown): value is unknown[] {
  if (!Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Array.prototype || (Array.isArray(prototype) && prototype !== null);
}
