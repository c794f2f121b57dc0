// Flushing Python's output.
#include "py/stdio.hpp"

#include "py/attach.hpp"
#include "py/error.hpp"
#include "py/ref.hpp"
#include "py/signals.hpp"

namespace caduceus::py {
namespace {
PyObject* flush_callable = nullptr;  // written once by the bootstrap, before output can be dirty
}

void set_stdio_flush(PyObject* flush) {
  api.Py_IncRef(flush);
  flush_callable = flush;
}

void flush_stdio() {
  if (is_writing()) return;  // this thread has locked a stream further out; it stays dirty
  stdio_dirty.store(false, std::memory_order_relaxed);
  if (!flush_callable || finalized.load()) return;
  if (Thread* thread = Thread::peek()) thread->may_change();  // a stream may be anything
  Ref pending = take_error();
  Ref done = Ref::steal(api.PyObject_CallNoArgs(flush_callable));
  if (!done) api.PyErr_WriteUnraisable(flush_callable);
  if (pending) raise(std::move(pending));
}

}  // namespace caduceus::py
