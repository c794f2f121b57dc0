// What Python finds JavaScript by: the object of functions that TypeScript hands down (src/session/host.ts).
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

// The environment of this thread, else the main one, kept; null if there is none.
Env* environment() {
  if (Env* env = env_here()) {
    keep(env);
    return env;
  }
  return keep_main();
}

PyObject* functions_of(Env& env) {
  return on_owner(env, [&] {
    js::HandleScope scope(env.napi);
    SetAside aside(env);
    return to_python(env, env.factory(js::kHost), Rule::kTaken).release();
  });
}

}  // namespace

PyObject* host_of(PyObject* self, PyObject*) {
  return is_ready(self) ? functions_of(*fields_of(self)->env) : nullptr;
}

PyObject* host(PyObject*, PyObject*) {
  Env* env = environment();
  if (!env) {
    py::api.PyErr_SetString(
        *py::api.PyExc_RuntimeError,
        is_forked()
            ? "this process was forked, and JavaScript stayed with its parent: let children be started "
              "by spawn, as multiprocessing.get_context('spawn') does"
            : "this thread has no JavaScript of its own, and the process's main JavaScript does "
              "not use Python: use it there first, or pass the object to this thread");
    return nullptr;
  }
  PyObject* object = functions_of(*env);
  let_go(env);
  return object;
}

}  // namespace caduceus::bridge
