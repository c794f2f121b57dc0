import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

const texts: [name: string, text: string][] = [
  ['an empty text', ''],
  ['ASCII', 'plain'],
  ['NUL characters', 'a\0b\0'],
  ['Latin-1', 'déjà ÿ'],
  ['the first character beyond Latin-1', 'Ā'],
  ['the basic plane', '€漢字\uffff'],
  ['astral characters', '😀𝒳\u{10ffff}'],
  ['a lone high surrogate', 'a\ud800b'],
  ['a lone low surrogate', '\udc00'],
  ['surrogates in the wrong order', '\udc00\ud800'],
  ['a lone surrogate next to a pair', '\ud83d😀\ude00'],
  ['Latin-1 after astral', '😀é'],
];
for (const length of [509, 510, 511, 512, 513, 5000]) {
  texts.push([`${length} units`, 'x'.repeat(length)]);
  texts.push([`${length} units that end in a pair`, `${'é'.repeat(length - 2)}😀`]);
  texts.push([`${length} units that end in a lone surrogate`, `${'€'.repeat(length - 1)}\ud83d`]);
}

const codePoints = (text: string) => [...text].map((character) => character.codePointAt(0));
const ordinals = py.eval('lambda s: [ord(c) for c in s]');
const same = py.eval('lambda s: s');
const made = py.eval('lambda codes: "".join(map(chr, codes))');

for (const [name, text] of texts) {
  test(`${name}: the same characters both ways`, () => {
    assert.deepEqual(ordinals(text).as(Array), codePoints(text));
    assert.equal(same(text), text);
    // Python joins no surrogates: what it made of two halves comes over as the two units that they are.
    assert.equal(made(codePoints(text)), text);
    assert.deepEqual(py.eval('lambda s: {s: [s]}')(text).as(Object), { [text]: [text] });
    assert.equal(
      py.eval('lambda f, s: f(s)')((s: string) => s === text, text),
      true,
    );
  });
}

test('two surrogates that Python keeps apart meet in JavaScript, where they are a character', () => {
  assert.equal(py.eval('"\\ud83d" + "\\ude00"'), '😀');
  assert.equal(py.eval('len("\\ud83d" + "\\ude00")'), 2);
  assert.equal(py.builtins.len('\ud83d\ude00'), 1);
});

test('attribute names may be of any script', () => {
  const thing = py.eval('type("T", (), {"größe": 1, "名前": 2})()');
  assert.equal(thing.größe, 1);
  assert.equal(thing.名前, 2);
  thing['\ud800'] = 3;
  assert.equal(thing['\ud800'], 3);
});

test('100 MB of text cross whole, both ways', () => {
  const size = 100_000_000;
  const ascii = 'a'.repeat(size);
  assert.equal(py.builtins.len(ascii), size);
  const back = py.eval(`"é" * ${size}`);
  assert.equal(back.length, size);
  assert.equal(back.charCodeAt(size - 1), 0xe9);
});

test('a text longer than JavaScript allows says what to do', () => {
  assert.throws(() => py.eval('"a" * 2**29'), { name: 'OverflowError', message: /slice it in Python first/ });
});
