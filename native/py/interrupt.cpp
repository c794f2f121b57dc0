// Interrupting what a thread does in Python.
#include "py/interrupt.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

#include "py/ref.hpp"
#include "py/wake.hpp"

namespace caduceus::py {
namespace {

using std::chrono::milliseconds;

// Held while a thread is interrupted, over calls into Python that run no code. A thread that enters Python
// and finds itself asked for waits for it detached.
std::mutex interrupt_lock;
// Of the process's life; always the same once it is written.
std::atomic<PyObject*> first_exception{nullptr}, ending_exception{nullptr}, waits_for_lock{nullptr};

bool same_entry(uint64_t left, uint64_t right) { return left / Thread::kEntry == right / Thread::kEntry; }

// A Python state for a thread of ours that does not run JavaScript.
class Guest {
 public:
  Guest() : thread_(Thread::current()) {
    if (thread_) ++thread_->users;
  }
  ~Guest() { end_thread(thread_); }
  Thread* thread() const { return thread_; }

 private:
  Thread* thread_;
};

// Under threads_lock or by another thread's leave: `thread` cannot end. Whether it was inside Python.
bool interrupt_host_thread(Thread* thread, PyObject* exception) {
  std::lock_guard lock(interrupt_lock);
  uint64_t seen = thread->inside.load();
  thread->interrupted.store(seen | Thread::kWhere);
  heavy_barrier();  // the thread sees the request when it enters or leaves, or we see that it has
  seen = thread->inside.load();
  bool is_main = thread == initial.load();
  if ((seen & Thread::kWhere) != Thread::kOutside) {
    thread->interrupted.store(seen | Thread::kWhere);
    if (is_main) return true;  // its signal handler raises
    Attached attached(Thread::peek());
    if (!attached) return false;
    api.PyThreadState_SetAsyncExc(thread->id, exception);
    uint64_t now = thread->inside.load();
    if (same_entry(now, seen) && (now & Thread::kWhere) != Thread::kOutside) return true;
    api.PyThreadState_SetAsyncExc(thread->id, nullptr);
  }
  if (is_main) thread->interrupted.store(0);
  return false;
}

// The main thread may be just before a wait: again, until it has seen it.
void wake_main_until_seen(Thread* thread) {
  auto interval = std::chrono::microseconds(200);
  for (int i = 0; i < 9 && thread->interrupted.load(); ++i, interval *= 2) {
    wake_main();
    std::this_thread::sleep_for(interval);
  }
}

// The system call in which a thread sleeps, as the kernel shows it to its own process.
struct Call {
  long number = -1;
  unsigned long limit = 0;  // the fourth argument: of a futex, where its time limit is
  unsigned long stack = 0, place = 0;
  bool operator==(const Call&) const = default;
};

Call sleeping_call(int kernel_id) {
  char path[64], text[256] = {};
  std::snprintf(path, sizeof path, "/proc/self/task/%d/syscall", kernel_id);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  Call call;
  // The number, six arguments, the stack pointer, the place.
  bool sleeps = size > 0 && std::sscanf(text, "%ld %*x %*x %*x %lx %*x %*x %lx %lx", &call.number,
                                        &call.limit, &call.stack, &call.place) == 4;
  return sleeps ? call : Call{};
}

// Whether a wait may be told that its time is over. One without a limit does not expect that, but for those
// of Python's locks and queues: Python's own mutexes would be taken for locked.
bool may_end(Thread* thread, const Call& call) {
  if (call.number < 0) return false;
  if (!is_futex(call.number) || call.limit != 0) return true;
  Attached attached(Thread::peek());
  PyObject* function = waits_for_lock.load();
  if (!attached || !function || layout.debug) return false;  // a debug build asserts that there is a limit
  Ref id = Ref::steal(api.PyLong_FromLongLong(static_cast<long long>(thread->id)));
  PyObject* argument = id.get();
  Ref waits = Ref::steal(id ? api.PyObject_Vectorcall(function, &argument, 1, nullptr) : nullptr);
  if (!waits) api.PyErr_WriteUnraisable(function);
  return waits && waits.get() == api._Py_TrueStruct;
}

// One attempt to end what the thread does: the first lets it clean up.
void attempt(Thread* thread, bool first) {
  thread->ending.store(true);
  uint64_t where = thread->inside.load() & Thread::kWhere;
  if (where == Thread::kOutside) return;
  PyObject* exception = first ? first_exception.load() : ending_exception.load();
  if (!interrupt_host_thread(thread, exception ? exception : *api.PyExc_KeyboardInterrupt)) return;
  Call call = sleeping_call(thread->kernel_id);
  if (where != Thread::kInPython || !may_end(thread, call)) return;
  if (!(call == sleeping_call(thread->kernel_id))) return;  // it has gone on: the next time
  thread->ended_place.store(call.place);
  thread->ended_stack.store(call.stack);
  thread->ended_call.store(call.number);
  pthread_kill(reinterpret_cast<pthread_t>(thread->id), kWakeSignal);
}

}  // namespace

bool interrupt_thread(unsigned long id, PyObject* exception) {
  Thread* self = Thread::peek();
  PyThreadState* held = self && self->attached ? self->state : nullptr;
  Detached detached(held ? self : nullptr);
  bool is_host = false, interrupted = false, is_main = false;
  with_thread(id, [&](Thread* thread) {
    is_host = true;
    is_main = thread == initial.load();
    interrupted = interrupt_host_thread(thread, exception);
  });
  if (interrupted && is_main) {
    if (self == initial.load())
      wake_main();
    else
      wake_main_until_seen(initial.load());
  }
  if (is_host) return interrupted;
  Attached attached(self);
  return attached && api.PyThreadState_SetAsyncExc(id, exception) > 0;
}

bool raise_interrupt(Thread* thread) {
  uint64_t asked = thread->interrupted.load();
  if (!asked) return false;
  thread->interrupted.store(0);
  if (!same_entry(asked, thread->inside.load())) return false;
  api.PyErr_SetObject(*api.PyExc_KeyboardInterrupt, none());
  return true;
}

void forget_interrupt(Thread* thread, bool enters) {
  uint64_t asked = thread->interrupted.load();
  if (enters && same_entry(asked, thread->inside.load())) return;  // for what has just begun
  if (thread != initial.load()) api.PyThreadState_SetAsyncExc(thread->id, nullptr);
  if (enters) thread->interrupted.compare_exchange_strong(asked, 0);
}

void await_interrupt() { std::lock_guard lock(interrupt_lock); }

void end_calls(std::unique_ptr<Ending> ending) {
  std::thread([ending = std::move(ending)] {
    constexpr auto kCleaningUp = milliseconds(400), kAgain = milliseconds(20);
    Guest guest;
    for (bool first = true; guest.thread() && !closing.load(); first = false) {
      if (!ending->with_thread([first](Thread* thread) { attempt(thread, first); })) return;
      std::this_thread::sleep_for(first ? kCleaningUp : kAgain);
    }
  }).detach();
}

void set_ending_tools(PyObject* first, PyObject* exception, PyObject* waits) {
  first_exception = first;
  ending_exception = exception;
  waits_for_lock = waits;
}

void return_soon() {
  Thread* thread = Thread::peek();
  if (thread && thread->ending.load()) api.PyThreadState_SetAsyncExc(thread->id, ending_exception);
}

}  // namespace caduceus::py
