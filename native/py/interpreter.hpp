// The one interpreter of the process: starting it, and ending it once.
#pragma once

#include <string>
#include <vector>

#include "py/api.hpp"

namespace caduceus::py {

struct StartOptions {
  std::string library;
  std::vector<std::string> argv;  // argv[0] the executable, then Python's own options
  bool parked = false;            // initialize on a thread of ours: a worker is first to use Python
  bool program = false;  // argv is a whole command line of python's, which run_program follows; parked
};

// Starts Python, or adopts the one that another copy of this library started. Idempotent per copy,
// thread-safe. Afterwards the calling thread is detached and, unless parked, is Python's main thread. Returns
// an empty string or the reason.
[[nodiscard]] std::string start(const StartOptions& options);

// After a start that has failed: the status with which python would end for this command line, which it has
// answered (such as -V), or -1.
[[nodiscard]] int answered();

// Runs the program of the command line on Python's main thread, which is one of ours, and ends Python after
// it, as python would. Returns at once. There `begin_end` is called, detached, when the program's own exit
// work is done and Python still whole, and `end_with` with the exit status afterwards; neither where the host
// ends first.
void run_program(void (*begin_end)(), void (*end_with)(int status));

// Whether another copy started Python.
[[nodiscard]] bool adopted();

// Runs once a process, whoever calls first: main's exit event, its env hook, atexit, at_quick_exit. Numbered
// there.
void finish() noexcept;

// The process ends with `status`, all exit work of the program is done. The host joins its threads without
// limit: if finish() found one that does not leave Python, it gets half a second more before the process ends
// without it.
void end_despite_stuck_threads(int status);

// False: finish() found a thread of the host that does not leave Python.
[[nodiscard]] bool left_alone();

// `first` runs when the gate has closed: it wakes those who wait for JavaScript. `last` runs as the last of
// Python's atexit functions, while Python is still whole: it releases what JavaScript holds. Set before
// start.
void set_exit_work(void (*first)(), void (*last)());
void run_last_exit_work();

}  // namespace caduceus::py
