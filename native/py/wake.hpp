// Waking a thread of the host that is inside Python, so that it does what other threads wait for.
#pragma once

#include <signal.h>

#include <chrono>

#include "py/attach.hpp"

namespace caduceus::py {

// Ignored by default, and used by nobody else: a stray one does no harm.
inline constexpr int kWakeSignal = SIGURG;

// Once, when Python starts: what a woken thread does, where it is attached (false: an exception is pending)
// and where Python itself has detached it. `install`: not where another copy of this library has done so.
void prepare_waking(bool (*attached)(), void (*detached)(), bool install);

// Attached: a tuple of (code object, offset of an instruction), where work may run on top of a wait for a
// lock. Wanted from 3.14 on, before a thread other than Python's main one is woken.
[[nodiscard]] bool needs_known_waits();
void learn_waits(PyObject* pairs);

// Around the installation of Python's own handler of SIGURG, which makes the main thread look at its inbox.
// Ours stays in front of it.
void keep_wake_signal();

// Two ways to make a thread look at what others ask of it. Either may come too early for the wait that it
// should interrupt: the caller repeats it until served.
//
// A pending call, at the next instruction or where a lock's wait is interrupted: the quickest way for
// Python's main thread. The caller is detached and holds no lock of ours: CPython's own lock may be one that
// a thread has been handed which waits for all others to stop, and they might wait for ours. `thread` is only
// compared.
void ask_between(Thread* thread, bool is_main);
// A signal. Any thread, while `thread` cannot end. Python's main thread: Python's signal handlers, of which
// ours is one (python/caduceus/_signals.py), at which whatever waits looks. Any other: see wake.cpp.
void interrupt_wait(Thread* thread);
// Both, for Python's main thread, if it is one of the host's.
void wake_main();

// The thread itself, woken: whether it was in a wait of Python's and still is, or others found it computing
// for a while. Elsewhere between two instructions it has just got a lock, as like as not, that the work
// needs.
[[nodiscard]] bool may_serve_here(Thread* thread);

// Any thread, while `thread` cannot end: what it has computed, 0 where that cannot be told.
[[nodiscard]] std::chrono::nanoseconds processor_time(Thread* thread);

// Whether the number of a system call is that in which locks wait.
bool is_futex(long call);

}  // namespace caduceus::py
