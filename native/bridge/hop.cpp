// Work for a JavaScript thread that another thread of Python waits for.
#include <time.h>

#include <algorithm>
#include <optional>

#include "bridge/js_object.hpp"
#include "py/error.hpp"
#include "py/interrupt.hpp"
#include "py/pool.hpp"
#include "py/signals.hpp"
#include "py/wake.hpp"

namespace caduceus::bridge {
namespace {

using py::api;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// The Envs of this thread: one, but for test runners that load the package several times.
thread_local std::vector<Env*> here;
thread_local js::Lookout lookout;

// The waiter keeps the work and what it uses alive. The answer is written before `done`.
struct Hop : js::Task {
  Env* env;
  const std::function<PyObject*()>* work;
  js::Bell* bell;  // of the waiter
  std::atomic<bool> done{false};
  bool closed = false;
  PyObject* result = nullptr;
  Ref error;
};

void serve(js::Task* task, bool refused) {
  auto* hop = static_cast<Hop*>(task);
  bool closed = refused;
  if (!refused) {
    py::Attached attached(hop->env->thread);
    if (attached) {
      Ref pending = py::take_error();  // of the code that is interrupted
      hop->result = (*hop->work)();
      if (!hop->result) hop->error = py::take_error();
      if (pending) py::raise(std::move(pending));
    } else {
      closed = true;
    }
  }
  hop->closed = closed;
  // The waiter takes the bell's lock before it lets go of all this.
  std::lock_guard lock(hop->bell->lock);
  hop->done.store(true, std::memory_order_release);
  hop->bell->rung = true;
  hop->bell->changed.notify_one();
}

// Whether Python's side can be used in the middle of anything: the code that is interrupted may be importing
// it. False: not now, the waiter asks again.
bool is_whole() {
  static std::atomic<bool> whole{false};
  if (whole.load(std::memory_order_relaxed)) return true;
  Ref answer = call_helper(kIsWhole);
  if (!answer) api.PyErr_WriteUnraisable(nullptr);
  whole.store(answer.get() == api._Py_TrueStruct);
  return whole.load();
}

// While it lives, mail for this thread's Envs rings `bell` too: who waits for another thread serves others.
class Reachable {
 public:
  explicit Reachable(js::Bell& bell) {
    for (Env* env : here) {
      std::lock_guard lock(env->inbox_lock);
      outer_ = std::exchange(env->bell, &bell);
      if (env->mail.load()) bell.rung = true;  // whoever left it has told the loop alone
    }
  }
  ~Reachable() {
    for (Env* env : here) {
      std::lock_guard lock(env->inbox_lock);
      env->bell = outer_;
    }
  }
  Reachable(const Reachable&) = delete;
  Reachable& operator=(const Reachable&) = delete;

 private:
  js::Bell* outer_ = nullptr;  // the same for all
};

constexpr auto kFirst = microseconds(200), kLast = microseconds(20000);

using std::chrono::nanoseconds;

// What the whole process, or one thread of it, has computed.
nanoseconds used_by(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// Whether an owner that was asked again and again will ever answer. It is given up where nothing happens: it
// is inside Python, none of its code has run and the whole process has hardly computed for as long as
// `kPatience`. What goes on computing in another thread, which it may wait for, is given longer, and as long
// as the owner itself computes it is not blocked.
class Patience {
 public:
  bool is_over(bool blocked, nanoseconds used_by_owner) {
    auto now = steady_clock::now();
    if (!blocked) blocked_since_ = idle_since_ = now;
    // What the host does by itself now and then is no sign.
    if (now - seen_ > kGlance) {
      auto enough = (now - seen_) / 20;
      nanoseconds used = used_by(CLOCK_PROCESS_CPUTIME_ID);
      if (used - used_ > enough) idle_since_ = now;
      if (used_by_owner - used_by_owner_ > enough) blocked_since_ = now;
      used_ = used;
      used_by_owner_ = used_by_owner;
      seen_ = now;
    }
    return now - idle_since_ > kPatience || now - blocked_since_ > kLongPatience;
  }

 private:
  static constexpr auto kPatience = std::chrono::seconds(5), kLongPatience = std::chrono::seconds(60);
  static constexpr auto kGlance = std::chrono::milliseconds(500);
  steady_clock::time_point blocked_since_ = steady_clock::now(), idle_since_ = blocked_since_,
                           seen_ = blocked_since_;
  nanoseconds used_ = used_by(CLOCK_PROCESS_CPUTIME_ID), used_by_owner_{0};
};

// What is known of an owner that was asked.
struct Asked {
  bool inside = false;  // Python; else its loop or its JavaScript comes to the task
  bool is_main = false;
  uint64_t call = 0;    // which one, if inside
  nanoseconds used{0};  // the processor time of its thread
};
// What an owner computes inside one call before it is interrupted between two instructions: its loop may be
// one that waits for what the task does.
constexpr auto kComputes = std::chrono::milliseconds(50);

// Looks where the owner is, and interrupts its wait if it has been inside one Python call for a while:
// JavaScript does not expect that other code of its own runs in the middle of a short one, so `at_once` is
// for an owner whose loop does not turn.
Asked look_at_owner(Env& env, bool first, bool at_once, bool computes) {
  Asked owner;
  auto inside = [&env, &owner] {
    if (!env.wake_open) return false;  // it ends: the task is answered
    uint64_t now = env.thread->inside.load();
    owner.call = now / py::Thread::kEntry;
    return (now & py::Thread::kWhere) == py::Thread::kInPython;
  };
  py::Thread* thread;
  {
    std::lock_guard lock(env.inbox_lock);
    if (!inside()) return {};
    thread = env.thread;
    owner.inside = true;
    owner.is_main = thread == py::initial.load();
    owner.used = py::processor_time(thread);
    // Elsewhere only a wait that lasts can be interrupted.
    bool lasts = std::exchange(env.long_call, owner.call) == owner.call;
    if (!(lasts || at_once) || (first && !owner.is_main)) return owner;
    if (computes) thread->computes.store(true);
  }
  if (owner.is_main || computes) py::ask_between(thread, owner.is_main);
  std::lock_guard lock(env.inbox_lock);
  if (inside()) py::interrupt_wait(thread);
  return owner;
}

// Waits for the answer. A signal that comes before the owner's wait is lost, hence again, at doubling
// intervals. False: the owner is blocked where nothing can wake it.
bool await_answer(Env& env, Hop& hop, PyThreadState* state) {
  Reachable reachable(*hop.bell);
  std::optional<Patience> patience;
  Asked before;
  bool computes = false;
  auto interval = kFirst;
  for (bool first = true;; first = false) {
    Asked owner = look_at_owner(env, first, interval == kLast, computes);
    if (owner.inside != before.inside || owner.call != before.call) before = owner;
    computes = owner.inside && owner.used - before.used > kComputes;
    if (computes && owner.is_main && !py::layout.free_threaded) {
      // It looks at its pending calls when it takes the GIL again: take it away.
      api.PyEval_RestoreThread(state);
      api.PyEval_SaveThread();
    }
    if (!first) {
      if (!patience) patience.emplace();
      if (patience->is_over(owner.inside, owner.used) && js::withdraw(env, &hop)) return false;
    }
    if (first && lookout.see(hop.done)) break;
    bool rung = hop.bell->wait(interval);
    if (hop.done.load(std::memory_order_acquire)) break;
    if (rung) {
      read_inboxes();
      if (hop.done.load(std::memory_order_acquire)) break;
    } else {
      interval = std::min(interval * 2, kLast);
    }
  }
  std::lock_guard lock(hop.bell->lock);  // whoever answered has let go of it
  return true;
}

bool await_detached(Env& env, Hop& hop) {
  if (py::Thread* thread = py::Thread::peek(); thread && thread->attached) {
    py::Detached detached(thread);
    return await_answer(env, hop, thread->state);
  }
  PyThreadState* state = api.PyEval_SaveThread();
  bool answered = await_answer(env, hop, state);
  api.PyEval_RestoreThread(state);
  return answered;
}

bool is_initial(Env& env) {
  std::lock_guard lock(env.inbox_lock);
  return env.wake_open && env.thread == py::initial.load();
}

// Once, before an owner may have to be woken in a wait.
void learn_waits() {
  Ref pending = py::take_error();
  Ref waits = call_helper(kKnownWaits);
  if (waits) {
    py::learn_waits(waits.get());
  } else {
    api.PyErr_WriteUnraisable(nullptr);
  }
  if (pending) py::raise(std::move(pending));
}

// Says where the owner is.
void raise_blocked(Env& env) {
  unsigned long owner = 0;
  bool scoped = false;
  {
    std::lock_guard lock(env.inbox_lock);
    if (env.wake_open) {
      owner = env.thread->id;
      // It has stayed where it is for seconds: what it wrote before is there to be read.
      scoped = env.thread->inside.load() != py::Thread::kOutside && !env.thread->scopes.empty();
    }
  }
  Ref id = Ref::steal(api.PyLong_FromLongLong(static_cast<long long>(owner)));
  Ref error = id ? call_helper(kBlocked, id.get(), scoped ? api._Py_TrueStruct : api._Py_FalseStruct) : Ref();
  if (error) py::raise(std::move(error));
}

}  // namespace

Env* env_here() {
  for (Env* env : here) {
    if (!env->closed.load()) return env;
  }
  return nullptr;
}

void begin_here(Env* env) { here.push_back(env); }
void end_here(Env* env) { std::erase(here, env); }

void read_inboxes() {
  for (size_t i = 0; i < here.size(); ++i) {
    if (here[i]->closed.load()) continue;
    js::HandleScope scope(here[i]->napi);
    js::read_inbox(*here[i]);
  }
}

void serve_inboxes() {
  py::Thread* thread = py::Thread::peek();
  if (here.empty() || !thread || !thread->attached || !py::may_serve_here(thread) || !is_whole()) return;
  py::Detached detached(thread);
  read_inboxes();
}

bool answer_signals() {
  if (py::claim_interrupt()) {
    api.PyErr_SetObject(*api.PyExc_KeyboardInterrupt, nullptr);
    return false;
  }
  if (py::claim_end()) {
    py::Detached detached(py::Thread::peek());
    py::end_by_signal();
  }
  return true;
}

bool serve_thread() {
  if (!answer_signals()) return false;
  // First: the inbox may run code that this is not meant for.
  py::Thread* thread = py::Thread::peek();
  if (thread && thread == py::initial.load() && py::raise_interrupt(thread)) return false;
  serve_inboxes();
  return true;
}

PyObject* on_owner(Env& env, const std::function<PyObject*()>& work) {
  if (!env.closed.load() && env.on_owner()) return work();
  js::Bell bell;
  Hop hop;
  hop.run = serve;
  hop.awaited = true;
  hop.env = &env;
  hop.work = &work;
  hop.bell = &bell;
  // Not for the main thread, which may hold others up meanwhile: importing stops them all.
  if (py::needs_known_waits() && !is_initial(env)) learn_waits();
  {
    // Before the owner hears of the task: then it takes the lock itself, and both would wait for each other.
    std::lock_guard lock(env.inbox_lock);
    py::now_awaits(env.wake_open ? env.thread : nullptr);
  }
  bool posted = !env.closed.load() && js::post(env, &hop);
  bool answered = !posted || await_detached(env, hop);
  py::now_awaits(nullptr);
  if (!answered) {
    raise_blocked(env);
    return nullptr;
  }
  if (!posted || hop.closed) {
    api.PyErr_SetString(
        *api.PyExc_ReferenceError,
        "JsEnvironmentClosed: the JavaScript environment (thread) that owned this object has ended");
    return nullptr;
  }
  if (hop.error) py::raise(std::move(hop.error));
  return hop.result;
}

}  // namespace caduceus::bridge
