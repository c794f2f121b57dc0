import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Action, Outcome, Refusal } from '../../src/native/binding.ts';
import { Kind } from '../../src/proxies/kind.ts';
import { Build, Make, Mode } from '../../src/values/opcodes.ts';

const read = (path: string) => readFileSync(path, 'utf8');

/** The names of a C++ enum, in order, without their k. */
function enumOf(path: string, head: string): string[] {
  const text = read(path);
  const start = text.indexOf(head);
  assert.ok(start >= 0, `${path} has no ${head}`);
  const body = text.slice(text.indexOf('{', start) + 1, text.indexOf('}', start));
  return body
    .replace(/\/\/.*$/gm, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A name of either side, comparable: kSetAttribute and setAttribute are one. */
const bare = (name: string) => name.replace(/^k(?=[A-Z])/, '').toLowerCase();
const inOrder = (twin: Record<string, number>) =>
  Object.entries(twin)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => bare(name));

/** Native names may say more (kReleasedHandle) than their twins (released). */
function assertTwins(native: string[], twin: Record<string, number>): void {
  const names = inOrder(twin);
  assert.deepEqual(
    Object.values(twin).sort((a, b) => a - b),
    names.map((_, index) => index),
    'numbered from 0',
  );
  assert.equal(native.length, names.length, `${native} and ${names}`);
  names.forEach((name, index) => {
    assert.ok(
      bare(native[index] as string).includes(name),
      `${native[index]} stands where its twin has ${name}`,
    );
  });
}

describe('native code and its twins agree', () => {
  test('on the exports', () => {
    const rows = [...read('native/addon.cpp').matchAll(/\{"(\w+)", entry<bridge::(\w+)(?:, \w+)*>\}/g)];
    const binding = read('src/native/binding.ts');
    const contract = binding.slice(binding.indexOf('interface Binding {'), binding.indexOf('\n}\n'));
    const methods = [...contract.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
    assert.ok(rows.length > 20);
    assert.deepEqual(rows.map(([, name]) => name).sort(), methods.sort());
    for (const [, name, native] of rows) {
      assert.equal(
        (name as string).replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
        native,
      );
    }
  });

  test('on outcomes, refusals, actions and modes', () => {
    assertTwins(enumOf('native/js/env.hpp', 'enum Outcome'), Outcome);
    assertTwins(enumOf('native/js/env.hpp', 'enum Refusal'), Refusal);
    assertTwins(enumOf('native/bridge/call.cpp', 'enum Action'), Action);
    assertTwins(enumOf('native/bridge/env.hpp', 'enum class Mode'), Mode);
  });

  test('on what encoder and decoder write', () => {
    assertTwins(enumOf('native/bridge/to_python.cpp', 'enum Op'), Make);
    assertTwins(enumOf('native/bridge/flatten.cpp', 'enum Op'), Build);
  });

  test('on the factories', () => {
    const native = enumOf('native/js/env.hpp', 'enum Factory').slice(0, -1).map(bare);
    const load = read('src/native/load.ts');
    const given = /const inOrder = \[([^\]]+)\]/
      .exec(load)?.[1]
      ?.split(',')
      .map((name) => name.trim());
    assert.deepEqual(given, native);
  });

  test('on the operations on JavaScript objects', () => {
    const native = enumOf('native/bridge/js_object.hpp', 'enum JsOperation').map(bare);
    const source = read('src/proxies/js-operations.ts');
    const twin = /const operations: readonly Run\[\] = \[([^\]]+)\]/.exec(source)?.[1];
    assert.ok(twin, 'js-operations.ts lists the operations');
    const names = twin
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    assert.deepEqual(
      names.map((name) => bare(name).replace('remove', 'delete')),
      native,
    );
  });

  test('on the bits of a kind', () => {
    const python = Object.fromEntries(
      [...read('python/caduceus/_kinds.py').matchAll(/^([A-Z_]+) = 1 << (\d+)/gm)].map(([, name, bit]) => [
        bare((name as string).replaceAll('_', '')),
        1 << Number(bit),
      ]),
    );
    const alias: Record<string, string> = { contextmanager: 'context' };
    for (const [name, bit] of Object.entries(Kind)) {
      if (name === 'callback') continue; // of the proxy, not of the type
      assert.equal(python[alias[bare(name)] ?? bare(name)], bit, name);
    }
    for (const entry of enumOf('native/bridge/env.hpp', 'enum Kind')) {
      const [, name, bit] = /^k(\w+) = 1u << (\d+)$/.exec(entry) ?? [];
      if (name === 'Callback') assert.equal(1 << Number(bit), Kind.callback);
      else assert.equal(python[bare(name as string)], 1 << Number(bit), String(name));
    }
  });

  test('on the functions of Python that it calls', () => {
    const native = enumOf('native/bridge/env.hpp', 'enum Helper').slice(0, -1);
    const places = [...read('native/bridge/handle.cpp').matchAll(/\{"caduceus\.(\w+)",\s*"(\w+)"\}/g)];
    assert.equal(places.length, native.length);
    places.forEach(([, file, name], index) => {
      assert.match(
        read(`python/caduceus/${file}.py`),
        new RegExp(`^(?:async def|def|class) ${name}[(:]`, 'm'),
      );
      assert.ok(
        (name as string)
          .replaceAll('_', '')
          .toLowerCase()
          .startsWith(bare(native[index] as string)),
        `${native[index]}: ${name}`,
      );
    });
  });
});

test('native code includes no header of Python, and every one of its symbols is in api.def', () => {
  const files = readdirSync('native', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.[ch]pp$/.test(name),
  );
  assert.ok(files.length > 15);
  const known = new Set(
    [...read('native/py/api.def').matchAll(/^\w+\((?:.*?, )?(_?Py\w+)[,)]/gm)].map(([, name]) => name),
  );
  for (const file of files) {
    const text = read(join('native', file)).replace(/\/\/.*$/gm, '');
    assert.doesNotMatch(text, /#\s*include\s*[<"](Python|cpython|patchlevel|pyconfig)/i, file);
    for (const [, name] of text.matchAll(/\bapi\.(_?Py\w+)/g))
      assert.ok(known.has(name as string), `${file}: ${name}`);
  }
});
