// Kept thread states and the gate around them.
#include "py/attach.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "py/interrupt.hpp"

namespace caduceus::py {
namespace {

// All threads that ever attached through us and have not ended. Under `threads_lock`, taken when a thread
// begins or ends and by finish, never per operation and never across a call into Python.
std::mutex threads_lock;
std::vector<Thread*> threads;

thread_local Thread* this_thread = nullptr;

// Python's own C recursion needs room of its own below V8's limit: a worker's 4 MB stack is V8's almost to
// the end.
constexpr size_t kStackReserve = 384 * 1024;

#if defined(__APPLE__)
const char* stack_low() {
  auto* high = static_cast<const char*>(pthread_get_stackaddr_np(pthread_self()));
  return high - pthread_get_stacksize_np(pthread_self());
}
#else
const char* stack_low() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return nullptr;
  void* low = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return static_cast<const char*>(low);
}
#endif

// Twins: one side of the gate pays for both where the system can interrupt all threads of the process.
#if defined(__linux__) && !defined(__SANITIZE_THREAD__)
constexpr int kQuery = 0, kExpedited = 1 << 3, kRegister = 1 << 4;  // MEMBARRIER_CMD_…PRIVATE_EXPEDITED
const long membarriers = syscall(SYS_membarrier, kQuery, 0, 0);     // -1 where a sandbox forbids the call
const bool has_membarrier = membarriers > 0 && (membarriers & kExpedited);
void light_barrier() {
  if (has_membarrier) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
}
// Registering takes milliseconds in a process with threads, so it waits until it is needed.
void barrier_for_all() {
  if (!has_membarrier) return;
  syscall(SYS_membarrier, kRegister, 0, 0);
  syscall(SYS_membarrier, kExpedited, 0, 0);
}
#elif defined(__SANITIZE_THREAD__)
// The thread sanitizer knows no fences: a read-modify-write orders what it must see ordered.
std::atomic<int> barrier{0};
void light_barrier() { barrier.fetch_add(0); }
void barrier_for_all() { barrier.fetch_add(0); }
#else
void light_barrier() { std::atomic_thread_fence(std::memory_order_seq_cst); }
void barrier_for_all() {}
#endif

#if defined(__linux__)
int kernel_id() { return static_cast<int>(syscall(SYS_gettid)); }
#else
int kernel_id() { return 0; }
#endif

// Under threads_lock.
Thread* publish(PyThreadState* state) {
  auto* thread = new Thread;
  thread->state = state;
  const char* low = stack_low();
  thread->stack_floor = low ? low + kStackReserve : nullptr;
  thread->id = own_id();
  thread->kernel_id = kernel_id();
  threads.push_back(thread);
  arrivals.fetch_add(1);
  this_thread = thread;
  return thread;
}

}  // namespace

#if defined(__APPLE__)
bool on_main_thread() { return pthread_main_np() != 0; }
#else
bool on_main_thread() { return syscall(SYS_gettid) == getpid(); }
#endif

unsigned long own_id() { return static_cast<unsigned long>(pthread_self()); }

// Another copy of this library, or other native code, may have this thread attached already: attaching a
// second state would deadlock on the GIL.
PyThreadState* already_attached() {
  // Before 3.12 the current state is the process's: it may be attached to another thread.
  if (layout.version < 0x030C0000 && !api.PyGILState_Check()) return nullptr;
  return api.PyThreadState_GetUnchecked ? api.PyThreadState_GetUnchecked()
                                        : api._PyThreadState_UncheckedGet();
}

#if defined(CADUCEUS_CHECKED)
void check_attached(const char* symbol) {
  if (already_attached()) return;
  std::fprintf(stderr, "caduceus: %s was called by a thread that is not attached to Python\n", symbol);
  std::abort();
}
#endif

void heavy_barrier() { barrier_for_all(); }

Thread* Thread::peek() { return this_thread; }

Thread* Thread::current() {
  if (this_thread) return this_thread;
  std::lock_guard lock(threads_lock);
  if (closing.load()) return nullptr;
  // Another copy of this library may have made one for this thread: a thread has one state, and its maker
  // deletes it.
  PyThreadState* known = api.PyGILState_GetThisThreadState();
  Thread* thread = publish(known ? known : api.PyThreadState_New(api.PyInterpreterState_Main()));
  thread->made_state = !known;
  return thread;
}

void adopt_initial_state(PyThreadState* state, bool parked) {
  Thread* thread;
  {
    std::lock_guard lock(threads_lock);
    thread = publish(state);
  }
  if (parked) return;  // it never runs JavaScript, so nobody waits for it
  initial.store(thread);
}

void Attached::attach() noexcept {
  Thread* thread = thread_;
  if (thread->barred) {
    entry = Entry::kBarred;
    return;
  }
  // Borrow what the other copy has.
  if (several_copies.load(std::memory_order_relaxed) && already_attached()) return;
  if (thread->frames == 0) {
    uint64_t outside = thread->inside.load(std::memory_order_relaxed);
    thread->inside.store((outside + Thread::kEntry) | Thread::kInPython, std::memory_order_relaxed);
    light_barrier();
    if (closing.load(std::memory_order_relaxed)) {
      // The thread that finishes has Python to itself until it is gone; every other thread turns back here.
      if (finalized.load() || thread != finishing.load()) {
        thread->now_in(Thread::kOutside);
        entry = Entry::kClosed;
        return;
      }
    }
    if (thread->interrupted.load(std::memory_order_relaxed)) await_interrupt();
  } else {
    thread->now_in(Thread::kInPython);
  }
  ++thread->frames;
  mine_ = true;
  api.PyEval_RestoreThread(thread->state);
  thread->attached = true;
  if (thread->frames == 1 && thread->interrupted.load(std::memory_order_relaxed))
    forget_interrupt(thread, true);
}

void Attached::detach() noexcept {
  if (finalized.load(std::memory_order_relaxed)) {
    thread_->attached = false;  // with a Python that is no more
    --thread_->frames;
    return;
  }
  // Not forgotten for good: whoever asks just now has yet to see that this thread leaves.
  if (thread_->frames == 1 && thread_->interrupted.load(std::memory_order_relaxed))
    forget_interrupt(thread_, false);
  if (stdio_dirty.load(std::memory_order_relaxed)) flush_stdio();
  ++thread_->operations;
  thread_->attached = false;
  api.PyEval_SaveThread();
  thread_->now_in(--thread_->frames == 0 ? Thread::kOutside : Thread::kInJavaScript);
}

void close_scopes(Thread* thread, size_t size) {
  while (thread->scopes.size() > size) {
    delete thread->scopes.back();
    thread->scopes.pop_back();
  }
}

void abandon_scopes(Thread* thread) {
  if (thread->barred && !finalized.load()) {
    api.PyEval_RestoreThread(thread->state);
    thread->now_in(Thread::kInPython);
    thread->attached = true;
  }
  thread->barred = 0;
  close_scopes(thread, 0);
}

void end_thread(Thread* thread) {
  if (!thread || --thread->users > 0) return;
  thread->now_in(Thread::kInPython);
  light_barrier();
  if (thread->made_state && !closing.load()) {
    api.PyEval_RestoreThread(thread->state);
    api.PyThreadState_Clear(thread->state);
    api.PyThreadState_DeleteCurrent();
  }
  {
    std::lock_guard lock(threads_lock);
    std::erase(threads, thread);
  }
  while (thread->pins.load() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  this_thread = nullptr;
  delete thread;
}

void with_thread(unsigned long id, const std::function<void(Thread*)>& work) {
  Thread* found = nullptr;
  {
    std::lock_guard lock(threads_lock);
    for (Thread* thread : threads) {
      if (thread->id == id) found = thread;
    }
    if (!found) return;
    found->pins.fetch_add(1);
  }
  work(found);
  found->pins.fetch_sub(1);
}

bool drain_threads(Thread* self, int milliseconds) {
  using clock = std::chrono::steady_clock;
  auto start = clock::now();
  {
    std::lock_guard lock(threads_lock);
    bool alone = threads.empty() || (threads.size() == 1 && threads[0] == self);
    // A thread that comes now finds the gate closed: it takes the lock to be published.
    if (alone) return true;
  }
  heavy_barrier();
  // Doubled each time: what an interrupted thread cleans up is not to be interrupted again at once.
  int patience = 100;
  for (;;) {
    std::vector<unsigned long> busy;
    {
      std::lock_guard lock(threads_lock);
      for (Thread* thread : threads) {
        if (thread != self && (thread->inside.load() & Thread::kWhere)) busy.push_back(thread->id);
      }
    }
    if (busy.empty()) return true;
    auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - start).count();
    if (waited > milliseconds) return false;
    if (waited > patience && self) {
      patience *= 2;
      Attached attached(self);
      if (attached) {
        for (unsigned long id : busy) api.PyThreadState_SetAsyncExc(id, *api.PyExc_KeyboardInterrupt);
      }
    }
    // Whoever holds this thread attached (a py.attach scope, another copy) must not keep the others from
    // leaving.
    PyThreadState* held = self && self->attached ? self->state : already_attached();
    if (held) api.PyEval_SaveThread();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (held) api.PyEval_RestoreThread(held);
  }
}

}  // namespace caduceus::py
