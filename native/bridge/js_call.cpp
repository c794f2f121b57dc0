// Python calls a JavaScript function, on its own thread or from another.
#include <algorithm>
#include <chrono>

#include "bridge/js_object.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// The arguments of one call as JavaScript values, few of them without a heap allocation.
struct Values {
  napi_value stack[8];
  std::vector<napi_value> heap;
  napi_value* data = stack;
  size_t size = 0;
};

bool convert(Env& env, Mode mode, PyObject* argument, napi_value* out) {
  if (mode != Mode::kCallback) return (*out = give_js(env, argument)) != nullptr;
  // What a callback receives is taken: never copied.
  *out = take_wrapped(env, Ref::copy(argument));
  if (!*out) raise_thrown(env);
  return *out != nullptr;
}

// Keyword arguments become a trailing object.
bool convert_keywords(Env& env, Mode mode, PyObject* const* values, PyObject* names, napi_value* out) {
  napi_create_object(env.napi, out);
  for (Py_ssize_t i = 0; i < api.PyTuple_Size(names); ++i) {
    napi_value key = text_to_js(env, api.PyTuple_GetItem(names, i)), value;
    if (!key || !convert(env, mode, values[i], &value)) return false;
    napi_property_descriptor property{nullptr, key, nullptr, nullptr, nullptr, value, napi_default_jsproperty,
                                      nullptr};
    napi_define_properties(env.napi, *out, 1, &property);
  }
  return true;
}

PyObject* call_here(Env& env, PyObject* callable, PyObject* const* args, size_t count, PyObject* names) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);
  JsFields* fields = fields_of(callable);
  if (names && api.PyTuple_Size(names) == 0) names = nullptr;
  Values values;
  values.size = count + (names ? 1 : 0);
  if (values.size > 8) {
    values.heap.resize(values.size);
    values.data = values.heap.data();
  }
  for (size_t i = 0; i < count; ++i) {
    if (!convert(env, fields->mode, args[i], &values.data[i])) return nullptr;
  }
  if (names && !convert_keywords(env, fields->mode, args + count, names, &values.data[count])) return nullptr;
  napi_value function = value_of(env, fields);
  napi_value self = fields->self ? value_of(env, fields_of(fields->self)) : js::undefined(env.napi);
  napi_value result = nullptr;
  {
    py::Detached detached(env.thread);
    if (fields->mode == Mode::kConstruct) {
      result = js::construct(env.napi, function, values.size, values.data);
    } else {
      result = js::call(env.napi, self, function, values.size, values.data);
    }
  }
  if (!result) {
    raise_thrown(env);
    return nullptr;
  }
  return to_python(env, result, fields->mode == Mode::kCallback ? Rule::kGiven : Rule::kTaken).release();
}

// A call from another thread. The caller keeps the arguments alive, so that they travel as they are; the
// answer is written before `done`, under `lock`.
struct Hop : js::Task {
  Env* env;
  const std::function<PyObject*()>* work;
  std::mutex lock;
  std::condition_variable answered;
  bool done = false, closed = false;
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
  std::lock_guard lock(hop->lock);
  hop->closed = closed;
  hop->done = true;
  hop->answered.notify_one();
}

// Runs on the owner's thread inside the Python call that blocks it.
int serve_pending(void* env) {
  auto* owner = static_cast<Env*>(env);
  if (!owner->on_owner() || owner->closed.load()) return 0;
  js::HandleScope scope(owner->napi);
  js::read_inbox(*owner);
  return 0;
}

constexpr auto kPatience = std::chrono::seconds(5);

// Waits for the answer, waking an owner that is itself inside Python. A kick that comes before the owner's
// wait is lost, hence again, at doubling intervals. False: the owner is blocked in Python where nothing can
// wake it.
bool await_answer(Env& env, Hop& hop, PyThreadState* state) {
  using namespace std::chrono;
  auto interval = microseconds(200);
  auto blocked_since = steady_clock::now();
  std::unique_lock lock(hop.lock);
  while (!hop.answered.wait_for(lock, interval, [&] { return hop.done; })) {
    interval = std::min(interval * 2, microseconds(20000));
    if (!env.thread->inside.load()) {
      blocked_since = steady_clock::now();
    } else if (env.thread == py::initial.load()) {
      py::interrupt_initial(serve_pending, &env);
      if (py::layout.free_threaded || interval < milliseconds(1)) continue;
      // An owner that runs bytecode all the time looks at its pending calls when it takes the GIL again: take
      // it away.
      lock.unlock();
      api.PyEval_RestoreThread(state);
      api.PyEval_SaveThread();
      lock.lock();
    } else if (steady_clock::now() - blocked_since > kPatience && js::withdraw(env, &hop)) {
      return false;
    }
  }
  return true;
}

}  // namespace

PyObject* call_js(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* names) {
  Env& env = *fields_of(callable)->env;
  size_t count = nargsf & ~py::kVectorcallArgumentsOffset;
  if (env.on_owner() && !env.closed.load()) return call_here(env, callable, args, count, names);
  return on_owner(env, [&] { return call_here(env, callable, args, count, names); });
}

PyObject* on_owner(Env& env, const std::function<PyObject*()>& work) {
  if (!env.closed.load() && env.on_owner()) return work();
  Hop hop;
  hop.run = serve;
  hop.env = &env;
  hop.work = &work;
  bool posted = !env.closed.load() && js::post(env, &hop);
  if (posted) {
    PyThreadState* state = api.PyEval_SaveThread();
    bool answered = await_answer(env, hop, state);
    api.PyEval_RestoreThread(state);
    if (!answered) {
      api.PyErr_SetString(
          *api.PyExc_RuntimeError,
          "JsThreadBlocked: the JavaScript thread that owns this function is itself inside a Python "
          "call and cannot be woken there (it is not Python's main thread); make that call wait less, "
          "or call from the owner's thread");
      return nullptr;
    }
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
