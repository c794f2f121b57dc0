// Python's buffered output comes out before JavaScript can write: a flag set by every write, looked at when
// detaching.
#pragma once

#include <atomic>

#include "py/api.hpp"

namespace caduceus::py {

// Set by a write on any Python thread; cleared by the thread that flushes. Relaxed: a write by this thread is
// seen by this thread, and order between threads is nobody's promise.
inline std::atomic<bool> stdio_dirty{false};

// `flush` is a Python callable, kept for the life of the process.
void set_stdio_flush(PyObject* flush);
// Attached. Keeps a pending exception; one raised by flushing goes to sys.unraisablehook.
void flush_stdio();

}  // namespace caduceus::py
