// Interrupting what a thread does in Python, and ending a thread of the host that is to end.
#pragma once

#include <memory>

#include "py/attach.hpp"

namespace caduceus::py {

// Detached or attached. `exception`, a KeyboardInterrupt of a kind, in the Python thread `id`; false if there
// is none, or if it is a thread of the host that is not inside Python: it is not interrupted later either.
[[nodiscard]] bool interrupt_thread(unsigned long id, PyObject* exception);

// On Python's main thread, attached, in its signal handler: whether it was to be interrupted. The exception
// is then pending.
[[nodiscard]] bool raise_interrupt(Thread* thread);

// On the thread itself, attached, where it enters Python or leaves it: nothing is left of an interruption
// that came too late. One that is just coming when the thread leaves is forgotten when it next enters.
void forget_interrupt(Thread* thread, bool enters);
// The same, before it attaches: until nobody is about to interrupt it.
void await_interrupt();

// Any thread. What `thread` does in Python ends: KeyboardInterrupt first, then an exception that returns when
// it is caught, and waits of Python's own end. Repeated until `is_over`, on a thread of its own.
struct Ending {
  virtual ~Ending() = default;
  // Calls `work` with the thread while it cannot end; false once it has ended.
  virtual bool with_thread(const std::function<void(Thread*)>& work) = 0;
};
void end_calls(std::unique_ptr<Ending> ending);

// The classes of the exception that comes first and of the one that returns, and whether the thread with an
// ident waits in a method of a lock or queue: functions that nobody ever lets go of.
void set_ending_tools(PyObject* first, PyObject* exception, PyObject* waits_for_lock);
// What its __init__ calls.
void return_soon();

}  // namespace caduceus::py
