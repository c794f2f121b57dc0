import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { py } from 'caduceus';

const versions = `
import sys
early = set(sys.modules)  # what .pth files import is loaded before anything can be chosen

def versions():
    found = {}
    for module, name in (("ssl", "OPENSSL_VERSION"), ("zlib", "ZLIB_RUNTIME_VERSION"), ("sqlite3", "sqlite_version")):
        try:
            if module not in early:
                found[module] = getattr(__import__(module), name)
        except ImportError:
            found[module] = None
    return found
`;

const skip = process.env.LD_PRELOAD ? 'something is preloaded: the loader has its way' : false;

test('extension modules load the C libraries that plain Python loads, not those of Node', { skip }, () => {
  const plain = spawnSync(
    py.info.executable,
    ['-c', `${versions}\nimport json; print(json.dumps(versions()))`],
    {
      encoding: 'utf8',
    },
  );
  py.exec(versions);
  assert.deepEqual(py.main.versions().as(Object), JSON.parse(plain.stdout));
});

test('both languages hash and compress beside each other', () => {
  const text = py.str('serpent'.repeat(1000)).encode();
  const hex = createHash('sha256').update(text).digest('hex');
  assert.equal(py.import('hashlib').sha256(text).hexdigest(), hex);
  assert.deepEqual(py.import('zlib').decompress(deflateSync(text)), text);
});

// Anonymous ciphers need no certificate.
const handshake = `
def handshake():
    import ssl
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.set_ciphers("aNULL:@SECLEVEL=0")
    client = context.wrap_bio(to_client, to_server)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    for _ in range(20):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                pass
    client.write(b"hello")
    return server.read().decode(), client.version()
`;

test('a TLS handshake works', (t) => {
  if (py`__import__('importlib.util').util.find_spec('_ssl')` === null)
    return t.skip('this Python has no ssl');
  py.exec(handshake);
  assert.deepEqual(py.main.handshake().as(Array), ['hello', 'TLSv1.2']);
});

const venv = process.env.CADUCEUS_TEST_VENV;
const program = `
const { py } = require('caduceus');
const numpy = py.import('numpy');
const random = numpy.random.default_rng(1);
console.log(numpy.linalg.svd(random.random(py.tuple([40, 40])), false).S.size);
try { numpy.linalg.inv([[1, 1], [1, 1]]); } catch (error) { console.log(error.name); }
console.log(numpy.fft.fft(numpy.ones(8)).real[0], numpy.unique([3, 1, 3]).size);
`;

test('numpy, with its C++ and its own libraries, works and raises its errors', (t) => {
  if (!venv || !existsSync(venv)) return t.skip('CADUCEUS_TEST_VENV is not set');
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    env: { ...process.env, CADUCEUS_PYTHON: venv },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (stderr.includes("No module named 'numpy'")) return t.skip('CADUCEUS_TEST_VENV has no numpy');
  assert.equal(stdout, '40\nnumpy.linalg.LinAlgError\n8 2\n', stderr);
});
