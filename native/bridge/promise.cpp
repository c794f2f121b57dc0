// Python awaits what JavaScript answers later: promises, steps of asynchronous iterators. Python's side is
// caduceus/_promise.py.
#include "bridge/exports.hpp"
#include "bridge/js_object.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// What the waiter is told; _promise.py has the same list.
enum Told : int { kValue, kError, kEnd };
// The step of a promise itself; src/async/subscriptions.ts and _promise.py have them all.
constexpr int kStepWait = 0;

// On its way to the owner, who is not waited for.
struct Subscription : js::Task {
  Env* env;          // counted
  PyObject* object;  // owned
  PyObject* waiter;  // owned: called once with what happened
  int step;
};

// Attached. Steals `value`. A waiter that was not told would wait for ever; being told twice does no harm.
void tell(PyObject* waiter, Told told, Ref value) {
  Ref done = undisturbed([&]() -> Ref {
    Ref kind = Ref::steal(api.PyLong_FromLongLong(told));
    PyObject* arguments[] = {kind.get(), value.get()};
    return Ref::steal(kind ? api.PyObject_Vectorcall(waiter, arguments, 2, nullptr) : nullptr);
  });
  if (!done) api.PyErr_WriteUnraisable(waiter);
}

void tell_closed(PyObject* waiter) {
  raise_closed();
  tell(waiter, kError, py::take_error());
}

// Owner thread, attached. Where the waiter stands until JavaScript answers.
size_t register_waiter(Env& env, PyObject* waiter, Rule rule) {
  size_t index = env.waiters.size();
  if (env.free_waiters.empty()) {
    env.waiters.emplace_back();
  } else {
    index = env.free_waiters.back();
    env.free_waiters.pop_back();
  }
  env.waiters[index] = {waiter, rule};
  return index;
}

// Owner thread, attached.
void answer(Env& env, size_t index, Told told, napi_value value) {
  auto [waiter, rule] = std::exchange(env.waiters[index], {});
  if (!waiter) return;
  env.free_waiters.push_back(index);
  Ref keep = Ref::steal(waiter), object;
  if (told == kError) {
    napi_throw(env.napi, value);
    raise_thrown(env);
    object = py::take_error();
  } else {
    object = to_python(env, value, rule);
    if (!object) {
      told = kError;
      object = py::take_error();
    }
  }
  tell(waiter, told, std::move(object));
}

void subscribe_here(Env& env, Subscription* subscription) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);
  JsFields* fields = fields_of(subscription->object);
  bool given = subscription->step == kStepWait && fields->mode == Mode::kPromise;
  size_t index =
      register_waiter(env, std::exchange(subscription->waiter, nullptr), given ? Rule::kGiven : Rule::kTaken);
  napi_value arguments[] = {value_of(env, fields), js::number(env.napi, static_cast<double>(index)),
                            js::number(env.napi, subscription->step)};
  bool called;
  {
    py::Detached detached(env.thread);
    called = js::call(env.napi, js::undefined(env.napi), env.factory(js::kSubscribe), 3, arguments);
  }
  if (called) return;
  napi_value thrown = nullptr;
  if (napi_get_and_clear_last_exception(env.napi, &thrown) == napi_ok) answer(env, index, kError, thrown);
}

// On the owner's thread; at the end, where all inboxes close, on the thread that ends Python.
void arrive(js::Task* task, bool refused) {
  auto* subscription = static_cast<Subscription*>(task);
  Env* env = subscription->env;
  if (py::Attached attached(py::Thread::peek()); attached) {
    if (refused) {
      tell_closed(subscription->waiter);
    } else {
      subscribe_here(*env, subscription);
    }
    if (subscription->waiter) api.Py_DecRef(subscription->waiter);
    api.Py_DecRef(subscription->object);
  }
  delete subscription;
  let_go(env);
}

}  // namespace

// __subscribe__(waiter, step), on any thread; with None it only looks whether the answer can come.
PyObject* subscribe(PyObject* self, PyObject* args) {
  if (!is_ready(self)) return nullptr;
  Env* env = fields_of(self)->env;
  PyObject* waiter = api.PyTuple_GetItem(args, 0);
  if (env->on_owner() && !env->closed.load()) {
    PyObject* type = helper(kJsLoopBlocked);
    if (type) {
      api.PyErr_SetString(
          type,
          "JS_LOOP_BLOCKED: this waits for the JavaScript thread that runs this very call, whose event loop "
          "does not turn before the call has returned; call the Python function with .async or py.async, or "
          "await the promise in JavaScript");
    }
    return nullptr;
  }
  if (waiter != py::none()) {
    int overflow = 0;
    auto step = static_cast<int>(api.PyLong_AsLongLongAndOverflow(api.PyTuple_GetItem(args, 1), &overflow));
    auto* subscription = new Subscription;
    subscription->run = arrive;
    subscription->env = env;
    subscription->object = Ref::copy(self).release();
    subscription->waiter = Ref::copy(waiter).release();
    subscription->step = step;
    keep(env);
    if (env->closed.load() || !js::post(*env, subscription)) {
      tell_closed(waiter);
      api.Py_DecRef(subscription->object);
      api.Py_DecRef(subscription->waiter);
      delete subscription;
      let_go(env);
    }
  }
  return Ref::copy(py::none()).release();
}

PyObject* await_promise(PyObject* self) { return call_helper(kWait, self).release(); }
PyObject* iterate_later(PyObject* self) { return call_helper(kIterateLater, self).release(); }
PyObject* enter_later(PyObject* self, PyObject*) { return call_helper(kEnterLater, self).release(); }
PyObject* exit_later(PyObject* self, PyObject*) { return call_helper(kExitLater, self).release(); }
PyObject* enter(PyObject* self, PyObject*) { return call_helper(kEnter, self).release(); }
PyObject* leave(PyObject* self, PyObject*) { return call_helper(kLeave, self).release(); }

// (index of the waiter, what it is told, value)
napi_value fulfil(Env& env, const js::Arguments& args) {
  py::Attached attached(env.thread);
  if (!attached) return js::undefined(env.napi);
  auto index = static_cast<size_t>(js::to_double(env.napi, args[0]));
  if (index < env.waiters.size()) {
    answer(env, index, static_cast<Told>(js::to_int(env.napi, args[1])), args[2]);
  }
  return js::undefined(env.napi);
}

void end_waiters(Env& env) {
  for (auto& entry : std::exchange(env.waiters, {})) {
    if (!entry.waiter) continue;
    Ref keep = Ref::steal(entry.waiter);
    tell_closed(entry.waiter);
  }
}

}  // namespace caduceus::bridge
