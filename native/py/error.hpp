// Python's error indicator as owned exceptions.
#pragma once

#include "py/ref.hpp"

namespace caduceus::py {

// Takes the pending exception, normalized and with its traceback; empty if there is none. Attached.
[[nodiscard]] Ref take_error();
// Makes `exception` the pending one. Attached.
void raise(Ref exception);
// Clears the locals of the finished frames in the tracebacks of `exception` and of what it was chained to:
// lines and names stay, the objects that the frames held go. Attached; keeps no error.
void release_locals(PyObject* exception);

}  // namespace caduceus::py
