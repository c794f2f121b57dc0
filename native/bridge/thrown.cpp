// What JavaScript throws, raised in Python.
#include "bridge/js_object.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {

using py::api;

void raise_collected() {
  api.PyErr_SetString(*api.PyExc_ReferenceError,
                      "JavaScript has collected its side of this object, which nothing referred to any more");
}

void raise_thrown(Env& env) {
  napi_value thrown = nullptr, told = nullptr;
  bool pending = false;
  napi_is_exception_pending(env.napi, &pending);
  if (!pending || napi_get_and_clear_last_exception(env.napi, &thrown) != napi_ok || !thrown)
    return raise_closed();
  {
    py::Detached detached(env.thread);
    told = js::call(env.napi, js::undefined(env.napi), env.factory(js::kThrown), 1, &thrown);
  }
  if (!told) {
    napi_value problem = nullptr;
    napi_get_and_clear_last_exception(env.napi, &problem);
    // A worker that is being terminated runs nothing, and throws nothing that could be told.
    if (!problem || js::type_of(env.napi, problem) != napi_object) return raise_closed();
    return api.PyErr_SetString(
        *api.PyExc_RecursionError,
        "JavaScript threw where almost nothing was left of its stack; end the recursion earlier");
  }
  napi_value parts[9] = {};
  for (uint32_t i = 0; i < 9; ++i) napi_get_element(env.napi, told, i, &parts[i]);
  if (!parts[0] || !parts[5]) return raise_closed();  // the worker is being terminated
  if (Ref original = Ref::copy(object_of(env, static_cast<uint32_t>(js::to_double(env.napi, parts[0]))))) {
    return py::raise(std::move(original));  // an error that comes home is the one that left
  }
  Ref made[4];
  made[0] = js_object(env, parts[1], static_cast<uint64_t>(js::to_double(env.napi, parts[2])), Mode::kObject);
  for (size_t i = 1; i < 4; ++i) made[i] = text_to_python(env, parts[i + 2]);
  if (!made[0] || !made[1] || !made[2] || !made[3]) return;
  Ref kind = Ref::copy(py::none());
  if (parts[7] && js::type_of(env.napi, parts[6]) == napi_function) {
    kind =
        js_object(env, parts[6], static_cast<uint64_t>(js::to_double(env.napi, parts[7])), Mode::kConstruct);
    if (!kind) return;
  }
  bool has_cause = false;
  if (parts[8]) napi_get_value_bool(env.napi, parts[8], &has_cause);
  Ref error = call_helper(kMakeError, made[0].get(), made[1].get(), made[2].get(), made[3].get(), kind.get(),
                          has_cause ? api._Py_TrueStruct : api._Py_FalseStruct);
  if (error) py::raise(std::move(error));
}

}  // namespace caduceus::bridge
