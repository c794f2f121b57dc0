// SIGINT, SIGTERM and SIGHUP while nobody listens to them: Python's exit work runs before they end the
// process.
#pragma once

#include <pthread.h>

#include "py/api.hpp"

namespace caduceus::py {

// Set before start. `end_when_idle` asks the process's JavaScript main thread to call `end_by_signal` from
// its loop; false: that thread never used Python.
void set_signal_work(bool (*end_when_idle)());

// Any thread, once Python runs: takes those of the three whose fate is the host's default; the others are
// somebody's. Again after that somebody has gone.
void watch_signals();

// On the thread that may end Python: the exit work, then the signal itself.
void end_by_signal();

// On Python's main thread, attached, wherever it looks at what other threads ask of it: whether SIGINT is to
// be a KeyboardInterrupt here, and whether the program is to end here. True once for each. Not in the middle
// of writing to a standard stream, which could not be written to then.
[[nodiscard]] bool claim_interrupt();
[[nodiscard]] bool claim_end();
// Around a write to a standard stream, on any thread.
void begin_write();
void end_write();
[[nodiscard]] bool is_writing();
// Whether either claim would be granted here.
[[nodiscard]] bool wants_answer();

// Around Python's initialization: it sees the system's defaults, and leaves the host's handlers in place. So
// signal.getsignal(SIGINT) says default_int_handler, on which asyncio, unittest and multiprocessing rely, and
// SIGTERM's is one that can be put back. For a program it sees the default of every signal that the host has
// a handler for, and keeps the ones that it installs itself.
class KeepSignals {
 public:
  explicit KeepSignals(bool program);
  ~KeepSignals();
  KeepSignals(const KeepSignals&) = delete;
  KeepSignals& operator=(const KeepSignals&) = delete;
};

// In a Python program the thread is Python's main one, and signals are Python's: a handler of its that
// another thread of the host was interrupted for is run there, where the wait is that it has to end.
// forward_signal sees to that for a handler that Python has just installed, and does nothing elsewhere.
void forward_signals_to(pthread_t thread);
void forward_signal(int number);

// Around a signal.signal(SIGINT, …) on Python's main thread: remembers what the host had before it, and gives
// it back when Python asks for its default handler.
void keep_host_interrupt();
void restore_host_interrupt();

}  // namespace caduceus::py
