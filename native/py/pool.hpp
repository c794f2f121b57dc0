// The pool of Python threads that run what JavaScript does not wait for.
#pragma once

#include <atomic>
#include <cstdint>

#include "py/api.hpp"

namespace caduceus::py {

// One call for the pool. Whoever submits it owns it again once `run` has been called, or once `revoke` says
// that it never will be.
struct Job {
  // Attached, before `run`: takes the references that `run` needs. Short, calls nothing.
  void (*begin)(Job* job) = nullptr;
  // Attached, on a thread of the pool, the call itself; an interrupt may hit it. No Ref may be alive in it
  // while Python code runs: at Python's end that code never returns.
  void (*call)(Job* job) = nullptr;
  // Attached, after the call, out of reach of interrupts: hands over the answer.
  void (*answer)(Job* job) = nullptr;

  // Under the pool's lock.
  Job *next = nullptr, *before = nullptr;
  struct Worker* worker = nullptr;  // the thread that took it
  bool waiting = false;
  uint64_t sequence = 0;
};

// Whether begin_pool was here, which the first submit needs.
inline std::atomic<bool> pool_begun{false};
// Attached. Starts the thread that starts the others. `start(work, number)` is a Python callable that runs
// `work` in a new thread. At most `most` threads. False: an exception is pending.
[[nodiscard]] bool begin_pool(PyObject* start, int most);

// Whether the thread that worked last ran on this processor: then looking out for its answer would only keep
// it from coming.
[[nodiscard]] bool pool_is_here();

// Any thread. False: the pool is closed, or Python ends.
[[nodiscard]] bool submit(Job* job);
enum class Revoked { kNeverRuns, kRuns };
// Any thread. After kNeverRuns the job is the caller's.
Revoked revoke(Job* job);
// Attached, after kRuns, by the job's owner: raises `exception` in its call, if that still goes on.
void interrupt(Job* job, PyObject* exception);

// On any thread: from now on it waits for JavaScript that `owner` runs; null: it does not any more. The end
// of the pool does not wait for those that wait for the very thread that ends it.
void now_awaits(struct Thread* owner);

// Waits until every thread of the pool has ended, interrupting what runs. False: some never did. Called once,
// by finish. `attached` is the finishing thread's state if it holds it.
[[nodiscard]] bool end_pool(int milliseconds);
// Any thread. Says that objects made by threads of the pool were dropped: on free-threaded builds those that
// sleep must wake once, since only the thread that made an object frees it.
void let_pool_collect();

}  // namespace caduceus::py
