// Work for a JavaScript thread that another thread of Python waits for.
#include <algorithm>

#include "bridge/js_object.hpp"
#include "py/error.hpp"

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
      hop->result = (*hop->work)();
      if (!hop->result) hop->error = py::take_error();
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

// On an owner's thread that is inside Python, detached.
void read_inboxes() {
  for (size_t i = 0; i < here.size(); ++i) {
    if (here[i]->closed.load()) continue;
    js::HandleScope scope(here[i]->napi);
    js::read_inbox(*here[i]);
  }
}

int serve_pending(void*) {
  serve_inboxes();
  return 0;
}

// While it lives, mail for this thread's Envs rings `bell` too: who waits for another thread serves others.
class Reachable {
 public:
  explicit Reachable(js::Bell& bell) {
    for (Env* env : here) {
      std::lock_guard lock(env->inbox_lock);
      outer_ = std::exchange(env->bell, &bell);
      if (!env->tasks.empty()) bell.rung = true;  // nobody else knows it yet
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

constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kFirst = microseconds(200), kLast = microseconds(20000);

// Waits for the answer, waking an owner that is itself inside Python. A kick that comes before the owner's
// wait is lost, hence again, at doubling intervals. False: the owner is blocked in Python where nothing can
// wake it.
bool await_answer(Env& env, Hop& hop, PyThreadState* state) {
  Reachable reachable(*hop.bell);
  auto blocked_since = steady_clock::now();
  auto interval = kFirst;
  for (bool first = true;; first = false) {
    bool blocked = (env.thread->inside.load() & py::Thread::kWhere) == py::Thread::kInPython;
    if (!blocked) {
      blocked_since = steady_clock::now();
    } else if (env.thread == py::initial.load()) {
      py::interrupt_initial(serve_pending, nullptr);
      if (!py::layout.free_threaded && interval > std::chrono::milliseconds(1)) {
        // An owner that runs bytecode all the time looks at its pending calls when it takes the GIL again:
        // take it away.
        api.PyEval_RestoreThread(state);
        api.PyEval_SaveThread();
      }
    } else if (steady_clock::now() - blocked_since > kPatience && js::withdraw(env, &hop)) {
      return false;
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

}  // namespace

void begin_here(Env* env) { here.push_back(env); }
void end_here(Env* env) { std::erase(here, env); }

void serve_inboxes() {
  py::Thread* thread = py::Thread::peek();
  if (here.empty() || !thread || !thread->attached) return;
  py::Detached detached(thread);
  read_inboxes();
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
  bool posted = !env.closed.load() && js::post(env, &hop);
  if (posted && !await_detached(env, hop)) {
    api.PyErr_SetString(
        *api.PyExc_RuntimeError,
        "JsThreadBlocked: the JavaScript thread that owns this function is itself inside a Python "
        "call and cannot be woken there (it is not Python's main thread); make that call wait less, "
        "or call from the owner's thread");
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
