import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

const describe = py.def`
  def describe(x):
      view = memoryview(x)
      return [view.format, view.itemsize, list(view.shape), list(view.strides), view.readonly, view.nbytes, view.c_contiguous]
`;

const arrays: [array: ArrayBufferView | ArrayBufferLike, format: string, itemSize: number][] = [
  [new Int8Array(3), 'b', 1],
  [new Uint8Array(3), 'B', 1],
  [new Uint8ClampedArray(3), 'B', 1],
  [new Int16Array(3), 'h', 2],
  [new Uint16Array(3), 'H', 2],
  [new Int32Array(3), 'i', 4],
  [new Uint32Array(3), 'I', 4],
  [new Float32Array(3), 'f', 4],
  [new Float64Array(3), 'd', 8],
  [new BigInt64Array(3), 'q', 8],
  [new BigUint64Array(3), 'Q', 8],
  [new DataView(new ArrayBuffer(8), 2, 3), 'B', 1],
  [new ArrayBuffer(3), 'B', 1],
  [new SharedArrayBuffer(3), 'B', 1],
  [new Float64Array(new SharedArrayBuffer(24)), 'd', 8],
  [Buffer.from('abc'), 'B', 1],
];
const Float16 = (globalThis as { Float16Array?: new (length: number) => ArrayBufferView }).Float16Array;
if (Float16) arrays.push([new Float16(3), 'e', 2]);

for (const [array, format, itemSize] of arrays) {
  test(`${array.constructor.name} is a buffer of ${format} in Python, and comes back ===`, () => {
    assert.deepEqual(describe(array).as(Array), [
      format,
      itemSize,
      [3],
      [itemSize],
      false,
      3 * itemSize,
      true,
    ]);
    assert.equal(py.eval('lambda x: x')(array), array);
    assert.equal(py.list([array])[0], array);
  });
}

test('writes are visible on both sides', () => {
  const numbers = new Float64Array([1, 2, 3]);
  const view = py.builtins.memoryview(numbers);
  numbers[0] = 10;
  assert.deepEqual(view.tolist().as(Array), [10, 2, 3]);
  py.setItem(view, 1, 20);
  assert.deepEqual([...numbers], [10, 20, 3]);
});

test('a Buffer of the pool shows its own bytes, not its neighbours’', () => {
  Buffer.from('neighbour');
  const text = Buffer.from('mine');
  assert.ok(text.byteOffset > 0);
  assert.equal(py.eval('lambda x: bytes(x).decode()')(text), 'mine');
  py.eval('lambda x: memoryview(x).__setitem__(0, ord("M"))')(text);
  assert.equal(text.toString(), 'Mine');
});

test('a subarray and a DataView show their part', () => {
  const whole = new Uint8Array([0, 1, 2, 3, 4, 5]);
  const bytes = py.eval('lambda x: list(bytes(x))');
  assert.deepEqual(bytes(whole.subarray(2, 4)).as(Array), [2, 3]);
  assert.deepEqual(bytes(new DataView(whole.buffer, 1, 2)).as(Array), [1, 2]);
});

test('empty arrays are empty buffers', () => {
  for (const empty of [
    new Float64Array(0),
    new ArrayBuffer(0),
    new DataView(new ArrayBuffer(0)),
    Buffer.alloc(0),
  ]) {
    assert.equal(py.eval('lambda x: (len(bytes(x)), memoryview(x).nbytes) == (0, 0)')(empty), true);
  }
});

test('Python’s own functions take them where they take bytes', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  assert.equal(py.import('zlib').crc32(bytes), 0x55bc801d);
  assert.equal(py.eval('lambda x: b"".join([x, x])')(bytes).length, 6);
  assert.equal(py.eval('lambda a: __import__("struct").unpack("<d", a)[0]')(new Float64Array([2.5])), 2.5);
});

test('the memory outlives the JavaScript side', async () => {
  const view = (() => py.builtins.memoryview(new Float64Array(1000).fill(7)))();
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(py.builtins.sum(view), 7000);
});

test('a transferred ArrayBuffer says so', () => {
  const numbers = new Float64Array(2);
  const held = py.list([numbers]);
  structuredClone(numbers, { transfer: [numbers.buffer] });
  assert.throws(() => py.builtins.memoryview(held[0]), {
    name: 'BufferError',
    message: /transferred.*copy it before/,
  });
  assert.throws(() => py.builtins.memoryview(numbers), { name: 'BufferError' });
  assert.throws(() => py.builtins.memoryview(numbers.buffer), { name: 'BufferError' });
});

type Transferable = ArrayBuffer & { transfer?: (length?: number) => ArrayBuffer };

test('memory that Python has looked at stays in place: transferring it clones it or is an error', () => {
  for (const array of [new Float64Array([1, 2]), new DataView(new ArrayBuffer(16)), new ArrayBuffer(16)]) {
    const buffer = (ArrayBuffer.isView(array) ? array.buffer : array) as Transferable;
    const view = py.builtins.memoryview(array);
    for (const transfer of [
      () => structuredClone(buffer, { transfer: [buffer] }),
      () => new MessageChannel().port1.postMessage(buffer, [buffer]),
      () => buffer.transfer?.(), // younger than Node 20
      () => buffer.transfer?.(1),
    ]) {
      try {
        transfer();
      } catch (error) {
        assert.match((error as Error).name, /DataCloneError|TypeError/);
      }
      assert.equal(buffer.byteLength, 16);
    }
    assert.equal(view.nbytes, 16);
  }
});

test('memory that Python was given but has not looked at can be transferred', () => {
  const bytes = new Uint8Array(4);
  const held = py.list([bytes]);
  assert.equal(structuredClone(bytes, { transfer: [bytes.buffer] }).length, 4);
  assert.equal(held.length, 1);
});

test('another Python thread looks at the memory', () => {
  py.exec`
    import threading
    def on_thread(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(bytes(x)))
        thread.start()
        thread.join()
        return found[0]
  `;
  assert.deepEqual([...py.main.on_thread(new Uint8Array([1, 2]))], [1, 2]);
});

test('a resizable ArrayBuffer is refused, since its memory may go away', () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const buffer = new Resizable(8, { maxByteLength: 1 << 16 });
  for (const array of [buffer, new Uint8Array(buffer), new DataView(buffer)]) {
    assert.throws(() => py.builtins.memoryview(array), { name: 'BufferError', message: /slice\(\)/ });
  }
  assert.equal(py.builtins.memoryview(buffer.slice()).nbytes, 8);
});

test('a growable SharedArrayBuffer shows what it has when it is looked at', () => {
  const Growable = SharedArrayBuffer as unknown as new (
    length: number,
    options: object,
  ) => SharedArrayBuffer & { grow(n: number): void };
  const buffer = new Growable(4, { maxByteLength: 64 });
  const held = py.list([buffer]);
  const before = py.builtins.memoryview(held[0]);
  buffer.grow(16);
  assert.equal(before.nbytes, 4);
  assert.equal(py.builtins.memoryview(held[0]).nbytes, 16);
});

test('a WebAssembly memory can be looked at', () => {
  const wasm = globalThis as unknown as {
    WebAssembly: { Memory: new (o: object) => { buffer: ArrayBuffer } };
  };
  const memory = new wasm.WebAssembly.Memory({ initial: 1 });
  py.setItem(py.builtins.memoryview(memory.buffer), 5, 9);
  assert.equal(new Uint8Array(memory.buffer)[5], 9);
});

test('an ArrayBuffer and a DataView have their bytes as items', () => {
  const { buffer } = Uint8Array.of(1, 2, 3, 4);
  const facts = py.eval('lambda x: [len(x), list(x), x[-1], 2 in x, 9 in x, bool(x)]');
  assert.deepEqual(facts(buffer).as(Array), [4, [1, 2, 3, 4], 4, true, false, true]);
  assert.deepEqual(facts(new DataView(buffer, 1, 2)).as(Array), [2, [2, 3], 3, true, false, true]);
  assert.equal(py`bool(${new ArrayBuffer(0)})`, false);
  py.ops.setitem(buffer, 0, 9);
  assert.equal(new Uint8Array(buffer)[0], 9);
});
