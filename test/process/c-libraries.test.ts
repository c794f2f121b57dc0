import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand, runProgram } from '../support/program.ts';

const python = process.env.CADUCEUS_PYTHON ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'caduceus-tls-'));
const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
after(() => rmSync(folder, { recursive: true }));

const versions = `
import bz2, hashlib, lzma, pyexpat, sqlite3, ssl, zlib
print(ssl.OPENSSL_VERSION, zlib.ZLIB_RUNTIME_VERSION, sqlite3.sqlite_version, pyexpat.EXPAT_VERSION)
print(sorted(hashlib.algorithms_available))
for name in ('md5', 'sha256', 'sha3_256', 'blake2b', 'sha512_256'): print(name, hashlib.new(name, b'x').hexdigest())
print(hashlib.scrypt(b'a', salt=b'b', n=2, r=1, p=1).hex(), hashlib.pbkdf2_hmac('sha256', b'a', b'b', 3).hex())
text = b'abc' * 10000
print([len(f.compress(text)) for f in (zlib, bz2, lzma)], zlib.crc32(text), zlib.decompress(zlib.compress(text)) == text)
db = sqlite3.connect(':memory:')
print(db.execute('select json_extract(?, "$.a"), sqlite_source_id()', ('{"a": 5}',)).fetchall())
print([c['name'] for c in ssl.create_default_context().get_ciphers()])
`;

const hostStillWorks = `
const crypto = require('node:crypto'), zlib = require('node:zlib');
console.log(crypto.createHash('sha256').update('x').digest('hex') === py.eval('hashlib.sha256(b"x").hexdigest()'));
const packed = zlib.deflateSync('abc'.repeat(1000));
console.log(zlib.inflateSync(packed).length, py.eval('lambda b: zlib.decompress(b)')(packed).length);
const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
console.log(crypto.verify('sha256', 'x', publicKey, crypto.sign('sha256', 'x', privateKey)));
`;

const skip = process.env.LD_PRELOAD ? 'something is preloaded: the loader has its way' : false;

describe('C libraries', { concurrency: 2 }, () => {
  test("are Python's own: the same versions and results as in plain python", { skip }, async () => {
    // -S: a .pth file may import some of these modules before the bridge can prefer anything.
    const plain = await runCommand(python, ['-S', '-c', versions]);
    assert.equal(plain.status, 0, plain.stderr);
    const ours = await runProgram(`start({ flags: ['-S'] }); py.exec(${JSON.stringify(versions)});`);
    assert.equal(ours.stdout, plain.stdout, ours.stderr);
  });

  test("of Node's go on working beside them, whoever was first", async () => {
    const load = 'py.exec(\'import hashlib, ssl, zlib; zlib.compress(b"x"); hashlib.new("sha512")\');';
    for (const source of [
      load + hostStillWorks,
      `require('node:tls');${hostStillWorks.split('\n')[1]}${load}${hostStillWorks.replace("const crypto = require('node:crypto'), zlib = require('node:zlib');", '')}`,
    ]) {
      const ended = await runProgram(source);
      assert.deepEqual([ended.status, ended.stdout], [0, 'true\n3000 3000\ntrue\n'], ended.stderr);
    }
  });

  test('are left to the loader where something is preloaded', async () => {
    const flags = 'console.log(py.eval(\'__import__("sys").getdlopenflags() & 8\'));';
    const ended = await runProgram(flags, { env: { LD_PRELOAD: 'libm.so.6' } });
    assert.equal(ended.stdout, '0\n', ended.stderr);
    const usual = await runProgram(flags, { env: { LD_PRELOAD: undefined } });
    assert.equal(usual.stdout, process.platform === 'linux' ? '8\n' : '0\n', usual.stderr);
  });

  describe('in a TLS handshake', () => {
    before(async () => {
      const args = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
      ];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      const made = await runCommand('openssl', [...args, ...subject, '-keyout', key, '-out', certificate]);
      assert.equal(made.status, 0, made.stderr);
    });

    const names = `const key = ${JSON.stringify(key)}, certificate = ${JSON.stringify(certificate)};
      const { readFileSync } = require('node:fs'), tls = require('node:tls');`;

    test("between Node's server and Python's client on a thread", async () => {
      const ended = await runProgram(`${names}
        const server = tls.createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) => {
          socket.on('data', (data) => socket.end('got ' + data));
        });
        server.listen(0, '127.0.0.1', () => {
          py.main.port = server.address().port;
          py.main.certificate = certificate;
          py.main.done = () => server.close();
          py.exec(\`
import socket, ssl, threading
def client():
    context = ssl.create_default_context(cafile=certificate)
    with socket.create_connection(('127.0.0.1', port)) as plain, context.wrap_socket(plain, server_hostname='localhost') as s:
        s.sendall(b'hello')
        print(s.version(), s.recv(100).decode())
    done()
threading.Thread(target=client).start()
\`);
        });
      `);
      assert.deepEqual([ended.status, ended.stdout], [0, 'TLSv1.3 got hello\n'], ended.stderr);
    });

    test("between Python's server on a thread and Node's client", async () => {
      const ended = await runProgram(`${names}
        py.main.key = key;
        py.main.certificate = certificate;
        const port = py.eval('0') + py.attach(() => {
          py.exec(\`
import socket, ssl, threading
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
listening = socket.create_server(('127.0.0.1', 0))
def serve():
    with listening, context.wrap_socket(listening.accept()[0], server_side=True) as s:
        s.sendall(b'got ' + s.recv(100))
threading.Thread(target=serve).start()
\`);
          return py.eval('listening.getsockname()[1]');
        });
        const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(certificate) });
        socket.on('secureConnect', () => socket.write('hello'));
        socket.on('data', (data) => { console.log(socket.getProtocol(), String(data)); socket.end(); });
      `);
      assert.deepEqual([ended.status, ended.stdout], [0, 'TLSv1.3 got hello\n'], ended.stderr);
    });
  });

  const glibc = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const noGlibc = glibc?.header?.glibcVersionRuntime === undefined && 'this C library has one environ';
  test('find an environ in the C library', { skip: noGlibc }, async () => {
    const ended = await runProgram(`
      py.exec(\`
import ctypes, os
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL('libc.so.6'), 'environ')
found = set()
while environ[len(found)]: found.add(environ[len(found)])
\`);
      console.log(py.eval("found == {os.fsencode(k + '=' + v) for k, v in os.environ.items()}"));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'true\n'], ended.stderr);
  });

  const venv = process.env.CADUCEUS_TEST_VENV;
  const noNumpy = venv ? false : 'CADUCEUS_TEST_VENV names no venv with numpy';
  test('of numpy compute as in plain python', { skip: noNumpy }, async (t) => {
    const code = `
import numpy as np
a = np.arange(62_500, dtype=float).reshape(250, 250) % 7 + np.eye(250)
b = np.ones(250)
print(np.__version__, float((a @ a).sum()), np.allclose(a @ np.linalg.solve(a, b), b), float(np.linalg.norm(a)))
print(np.fft.fft(b)[0].real, np.random.default_rng(1).random(), np.linalg.eigvalsh(a @ a.T)[-1] > 0)
`;
    const plain = await runCommand(`${venv}/bin/python`, ['-c', code]);
    if (plain.stderr.includes('No module named')) return t.skip('this Python has no numpy here');
    const ours = await runProgram(`py.exec(${JSON.stringify(code)});`, { env: { CADUCEUS_PYTHON: venv } });
    assert.equal(ours.stdout, plain.stdout, ours.stderr);
    assert.equal(ours.status, 0);
  });
});
