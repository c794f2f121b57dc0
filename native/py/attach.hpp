// Threads of the host: their kept Python thread states, attaching and detaching, and the gate that shutdown
// closes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "py/api.hpp"
#include "py/stdio.hpp"

namespace caduceus::py {

// One a thread of the host that uses Python, shared by all Envs on that thread. All members belong to that
// thread, but for `inside` and `id`.
struct Thread {
  PyThreadState* state = nullptr;
  bool made_state = false;  // by this copy of the library, which then deletes it
  bool attached = false;    // now
  int frames = 0;           // entries into Python on this thread's stack, attached or detached for a callback
  std::vector<class Attached*> scopes;  // open py.attach scopes, innermost last
  unsigned operations = 0;              // ended on this thread: its context may have changed since
  int callbacks = 0;                    // JavaScript that runs inside Python calls
  int barred = 0;                       // open py.detach scopes: touching Python is an error
  int users = 0;                        // Envs on this thread
  const char* stack_floor = nullptr;    // below it there is no room left to enter Python

  // A word in the channel of an Env: 1 while no Python code has run on this thread since what that Env has
  // read last, so that reading it again would find the same.
  int32_t* unchanged = nullptr;
  // How often this thread has come into Python, from JavaScript that may have done anything. Written by this
  // thread, read by any that knows it to be there.
  std::atomic<uint64_t> entries{0};
  void may_change() {
    entries.store(entries.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (unchanged) *std::exchange(unchanged, nullptr) = 0;
  }

  // Written by this thread before it touches Python and after it has left, read by `finish`. Either the
  // thread sees the closed gate, or finish sees the thread inside and waits for it: finish, which runs once,
  // puts a barrier into every thread (heavy_barrier), so that entering needs none.
  //
  // The lowest bits say where the thread is, those above count its entries from outside: whoever acts on what
  // it read can tell whether that is still so.
  std::atomic<uint64_t> inside{kOutside};
  static constexpr uint64_t kOutside = 0, kInPython = 1, kInJavaScript = 2, kWhere = 3, kEntry = 4;
  void now_in(uint64_t where) {
    inside.store((inside.load(std::memory_order_relaxed) & ~kWhere) | where, std::memory_order_release);
  }
  unsigned long id = 0;  // Python's thread id; written before the thread is published, as is kernel_id
  int kernel_id = 0;     // what the system calls it

  // Asked of this thread by others (interrupt.cpp): not 0 when it was to be interrupted, then `inside` as it
  // was seen; whether its JavaScript environment is to end; and which wait is to end now.
  std::atomic<uint64_t> interrupted{0};
  std::atomic<bool> ending{false};
  // That the signal handler interrupted a wait, and that another thread found this one computing: set there,
  // and taken back by what this thread does about it.
  std::atomic<bool> interrupted_wait{false}, computes{false};
  std::atomic<long> ended_call{-1};
  std::atomic<unsigned long> ended_place{0}, ended_stack{0};
  // Others that use it now: it does not end meanwhile. Raised under threads_lock, or where it is known not to
  // end.
  std::atomic<int> pins{0};

  // The calling thread's, made on first use. Null only when the process is ending.
  static Thread* current();
  // The calling thread's, or null when it never used Python through us.
  static Thread* peek();
};

// How many threads of the host have come to Python so far.
inline std::atomic<unsigned> arrivals{0};

// Whether this is the process's first thread.
bool on_main_thread();
// What Python calls the calling thread.
unsigned long own_id();

// The gate. `closing` is set once by finish(); `finalized` once Python is gone.
inline std::atomic<bool> closing{false};
inline std::atomic<bool> finalized{false};
inline std::atomic<bool> running{false};
// The one thread that may still enter while the gate is closed. Written by finish before `closing`.
inline std::atomic<Thread*> finishing{nullptr};
// Another copy of this library uses this Python too: a thread may come here attached by that copy. Set once,
// attached, before that copy keeps anything attached.
inline std::atomic<bool> several_copies{false};

enum class Entry { kOk, kClosed, kBarred, kStack };

// Attaches for one operation: a no-op when already attached. Leaves in the destructor. In line, as every
// operation does it.
class Attached {
 public:
  explicit Attached(Thread* thread) noexcept : thread_(thread) {
    if (!thread) {
      entry = Entry::kClosed;
    } else if (static_cast<const char*>(__builtin_frame_address(0)) < thread->stack_floor) {
      entry = Entry::kStack;
    } else {
      thread->may_change();
      if (!thread->attached) attach();
    }
  }
  ~Attached() {
    if (mine_) detach();
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  Entry entry = Entry::kOk;
  explicit operator bool() const { return entry == Entry::kOk; }
  // Whether this is what attached the thread: not if it was attached before, or by another copy of the
  // library.
  bool holds() const { return mine_; }

 private:
  void attach() noexcept;
  void detach() noexcept;

  Thread* thread_;
  bool mine_ = false;
};

// The state that this thread holds attached, also by another copy of this library; null if there is none.
PyThreadState* already_attached();

// Ends the innermost py.attach scopes until `size` are left.
void close_scopes(Thread* thread, size_t size);

// Detached and unbarred again, whatever scopes were open: JavaScript was ended inside them.
void abandon_scopes(Thread* thread);

// Detaches while JavaScript (or a wait) runs inside a Python call. Only on an attached thread of ours.
class Detached {
 public:
  explicit Detached(Thread* thread) noexcept : thread_(thread), was_(thread && thread->attached) {
    if (!was_) return;
    scopes_ = thread->scopes.size();
    if (stdio_dirty.load(std::memory_order_relaxed)) flush_stdio();
    thread_->attached = false;
    ++thread_->callbacks;
    thread_->now_in(Thread::kInJavaScript);
    api.PyEval_SaveThread();
  }
  ~Detached() {
    if (!was_) return;
    --thread_->callbacks;
    thread_->may_change();
    close_scopes(thread_, scopes_);  // what the callback opened ends with it
    api.PyEval_RestoreThread(thread_->state);
    thread_->now_in(Thread::kInPython);
    thread_->attached = true;
  }
  Detached(const Detached&) = delete;
  Detached& operator=(const Detached&) = delete;

 private:
  Thread* thread_;
  bool was_;
  size_t scopes_ = 0;
};

// The same where Python itself has detached the thread, around a wait that a signal interrupted.
class DetachedByPython {
 public:
  explicit DetachedByPython(Thread* thread) noexcept : thread_(thread), scopes_(thread->scopes.size()) {
    thread_->attached = false;
    ++thread_->callbacks;
    thread_->now_in(Thread::kInJavaScript);
  }
  ~DetachedByPython() {
    --thread_->callbacks;
    thread_->may_change();
    close_scopes(thread_, scopes_);
    thread_->now_in(Thread::kInPython);
    thread_->attached = true;
  }
  DetachedByPython(const DetachedByPython&) = delete;
  DetachedByPython& operator=(const DetachedByPython&) = delete;

 private:
  Thread* thread_;
  size_t scopes_;
};

// The thread that initialized Python, if it is one of the host's: only there can a blocked owner be woken.
inline std::atomic<Thread*> initial{nullptr};
// Calls `work` with the thread of the host that has this id, if there is one: it does not end meanwhile.
void with_thread(unsigned long id, const std::function<void(Thread*)>& work);
// Orders what one side has written against what all other threads of the process read (see Thread::inside).
void heavy_barrier();

// Called on the thread that initialized Python, with its state, right after PyEval_SaveThread.
void adopt_initial_state(PyThreadState* state, bool parked);
// Gives back the calling thread's state when its last Env ends. Detached.
void end_thread(Thread* thread);
// Waits until no other thread of the host is inside Python, interrupting those that stay. False: some never
// left.
[[nodiscard]] bool drain_threads(Thread* self, int milliseconds);

}  // namespace caduceus::py
