import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

const { freeThreaded, gilEnabled } = py.info;
// One of CPython's own test modules holds another one, which does not declare that it can do without the GIL.
const holder = py`__import__('importlib.util').util.find_spec('_testsinglephase')`;
const module = '_testsinglephase_circular';
const why =
  !freeThreaded || gilEnabled ? 'the GIL is on from the start' : holder ? false : 'no _testsinglephase';

test('py.info names the extension that turned the GIL on', { skip: why }, () => {
  assert.equal(py.info.gilEnabledBy, null);
  py.import('warnings').simplefilter('ignore');
  const { spec_from_file_location, module_from_spec } = py.import('importlib.util');
  module_from_spec(spec_from_file_location(module, holder.origin));
  assert.equal(py.info.gilEnabled, true);
  assert.equal(py.info.gilEnabledBy, module);
});
