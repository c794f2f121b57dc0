// Python calls a JavaScript function.
#include "bridge/flight.hpp"
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

// Runs the function where AsyncLocalStorage has what it had when the call of JavaScript's was made that
// Python carries out.
napi_value call_in(Env& env, const Place& place, napi_value self, napi_value function, const Values& values) {
  std::vector<napi_value> all{js::number(env.napi, place.number), function, self};
  all.insert(all.end(), values.data, values.data + values.size);
  return js::call(env.napi, js::undefined(env.napi), env.factory(js::kWithin), all.size(), all.data());
}

PyObject* call_here(Env& env, PyObject* callable, PyObject* const* args, size_t count, PyObject* names,
                    const Place& place) {
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
  if (!self || !function) {
    raise_collected();
    return nullptr;
  }
  napi_value result = nullptr;
  {
    py::Detached detached(env.thread);
    if (fields->mode == Mode::kConstruct) {
      result = js::construct(env.napi, function, values.size, values.data);
    } else if (is_in_flight(env, place)) {
      result = call_in(env, place, self, function, values);
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

}  // namespace

PyObject* call_js(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* names) {
  Env& env = *fields_of(callable)->env;
  size_t count = nargsf & ~py::kVectorcallArgumentsOffset;
  if (env.on_owner() && !env.closed.load()) return call_here(env, callable, args, count, names, {});
  Place place = place_in_pool(env);
  if (!place.known) place = place_on_loop(env);
  // The function runs in a copy of the caller's context: what it calls in Python sees the caller's variables.
  Ref context = Ref::steal(api.PyContext_CopyCurrent());
  if (!context) return nullptr;
  return on_owner(env, [&]() -> PyObject* {
    if (api.PyContext_Enter(context.get()) < 0) return nullptr;
    PyObject* result = call_here(env, callable, args, count, names, place);
    if (api.PyContext_Exit(context.get()) < 0) api.PyErr_WriteUnraisable(context.get());
    return result;
  });
}

}  // namespace caduceus::bridge
