// The floor of the benchmark: the bridge's operations as a careful hand-written addon does them.
//
// It knows its one Python's headers and the type of every argument and result, so it is as fast as such code
// gets while it still checks what can fail, attaches for each operation and detaches before JavaScript runs
// on.
#include <Python.h>
#include <node_api.h>

#include <array>
#include <string>
#include <utility>

#include "floor_objects.hpp"
#include "floor_state.hpp"
#include "floor_strings.hpp"

namespace floor_addon {
namespace {

// Twin definitions: the exception that is set, normalized, as one owned reference.
#if PY_VERSION_HEX >= 0x030C0000
Ref take_exception() { return Ref(PyErr_GetRaisedException()); }
#else
Ref take_exception() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return Ref(value);
}
#endif

// Throws the Python exception that is set as a JavaScript Error with its text and its type's name. Needs:
// attached.
napi_value throw_python_error(napi_env env) {
  Ref exception = take_exception();
  Ref text(exception ? PyObject_Str(exception.get()) : nullptr);
  if (!text) {
    PyErr_Clear();
    napi_throw_error(env, nullptr, "a Python operation failed without a readable exception");
    return nullptr;
  }
  napi_value message = string_to_js(env, text.get()), name = nullptr, error = nullptr;
  napi_create_string_utf8(env, Py_TYPE(exception.get())->tp_name, NAPI_AUTO_LENGTH, &name);
  if (napi_create_error(env, nullptr, message, &error) != napi_ok) return nullptr;
  napi_set_named_property(env, error, "name", name);
  napi_throw(env, error);
  return nullptr;
}

napi_value refuse(napi_env env) {
  napi_throw_type_error(env, nullptr, "the floor was called with an argument of the wrong type");
  return nullptr;
}

template <size_t N>
std::array<napi_value, N> arguments(napi_env env, napi_callback_info info) {
  std::array<napi_value, N> values{};
  size_t count = N;
  napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr);
  return values;
}

bool read(napi_env env, napi_value value, double& out) {
  return napi_get_value_double(env, value, &out) == napi_ok;
}

bool read(napi_env env, napi_value value, int32_t& out) {
  return napi_get_value_int32(env, value, &out) == napi_ok;
}

bool read(napi_env env, napi_value value, std::string& out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  out.resize(length);
  return napi_get_value_string_utf8(env, value, out.data(), length + 1, &length) == napi_ok;
}

// A handle, read as the borrowed object that it stands for.
bool read(napi_env env, napi_value value, PyObject*& out) {
  uint32_t handle = 0;
  if (napi_get_value_uint32(env, value, &handle) != napi_ok) return false;
  out = object_of(handle);
  return out != nullptr;
}

// The results below need: attached. Each gives the JavaScript value, or throws what Python raised.

napi_value handle_result(napi_env env, Ref object) {
  if (!object) return throw_python_error(env);
  napi_value result = nullptr;
  napi_create_uint32(env, keep(std::move(object)), &result);
  return result;
}

napi_value float_result(napi_env env, const Ref& object) {
  if (!object) return throw_python_error(env);
  napi_value result = nullptr;
  napi_create_double(env, PyFloat_AsDouble(object.get()), &result);
  return result;
}

napi_value int_to_js(napi_env env, PyObject* object) {
  const long long number = PyLong_AsLongLong(object);
  if (number == -1 && PyErr_Occurred()) return throw_python_error(env);
  napi_value result = nullptr;
  if (number == static_cast<int32_t>(number)) {
    napi_create_int32(env, static_cast<int32_t>(number), &result);
  } else {
    napi_create_int64(env, number, &result);
  }
  return result;
}

napi_value int_result(napi_env env, const Ref& object) {
  return object ? int_to_js(env, object.get()) : throw_python_error(env);
}

napi_value string_result(napi_env env, const Ref& object) {
  return object ? string_to_js(env, object.get()) : throw_python_error(env);
}

// init(executable)
napi_value init(napi_env env, napi_callback_info info) {
  std::string executable;
  if (!read(env, arguments<1>(env, info)[0], executable)) return refuse(env);
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.install_signal_handlers = 0;
  char* argv[] = {executable.data()};
  PyStatus status = PyConfig_SetBytesArgv(&config, 1, argv);
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) {
    napi_throw_error(env, nullptr, status.err_msg ? status.err_msg : "Python did not start");
    return nullptr;
  }
  detach();
  return nullptr;
}

// finish()
napi_value finish(napi_env, napi_callback_info) {
  attach();
  Py_FinalizeEx();
  return nullptr;
}

// run(code), statements in __main__; evaluate(code) -> handle
napi_value run_code(napi_env env, napi_callback_info info, int start) {
  std::string code;
  if (!read(env, arguments<1>(env, info)[0], code)) return refuse(env);
  Attached attached;
  PyObject* globals = PyModule_GetDict(PyImport_AddModule("__main__"));
  return handle_result(env, Ref(PyRun_String(code.c_str(), start, globals, globals)));
}

napi_value run(napi_env env, napi_callback_info info) { return run_code(env, info, Py_file_input); }

napi_value evaluate(napi_env env, napi_callback_info info) { return run_code(env, info, Py_eval_input); }

// importModule(name) -> handle
napi_value import_module(napi_env env, napi_callback_info info) {
  std::string name;
  if (!read(env, arguments<1>(env, info)[0], name)) return refuse(env);
  Attached attached;
  return handle_result(env, Ref(PyImport_ImportModule(name.c_str())));
}

// intern(name) -> handle of the interned string, made once and used for every access
napi_value intern(napi_env env, napi_callback_info info) {
  std::string name;
  if (!read(env, arguments<1>(env, info)[0], name)) return refuse(env);
  Attached attached;
  return handle_result(env, Ref(PyUnicode_InternFromString(name.c_str())));
}

// release(handle)
napi_value release(napi_env env, napi_callback_info info) {
  uint32_t handle = 0;
  if (napi_get_value_uint32(env, arguments<1>(env, info)[0], &handle) != napi_ok) return refuse(env);
  Attached attached;
  take(handle);
  return nullptr;
}

// getAttr(object, name) -> handle
napi_value get_attr(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  PyObject *object = nullptr, *name = nullptr;
  if (!read(env, args[0], object) || !read(env, args[1], name)) return refuse(env);
  Attached attached;
  return handle_result(env, Ref(PyObject_GetAttr(object, name)));
}

// getInt(object, name) -> number
napi_value get_int(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  PyObject *object = nullptr, *name = nullptr;
  if (!read(env, args[0], object) || !read(env, args[1], name)) return refuse(env);
  Attached attached;
  return int_result(env, Ref(PyObject_GetAttr(object, name)));
}

// getString(object, name) -> string
napi_value get_string(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  PyObject *object = nullptr, *name = nullptr;
  if (!read(env, args[0], object) || !read(env, args[1], name)) return refuse(env);
  Attached attached;
  return string_result(env, Ref(PyObject_GetAttr(object, name)));
}

// call(callable) -> handle
napi_value call(napi_env env, napi_callback_info info) {
  PyObject* callable = nullptr;
  if (!read(env, arguments<1>(env, info)[0], callable)) return refuse(env);
  Attached attached;
  return handle_result(env, Ref(PyObject_CallNoArgs(callable)));
}

Ref call_with(PyObject* callable, PyObject* argument) {
  PyObject* stack[2] = {nullptr, argument};
  return Ref(PyObject_Vectorcall(callable, stack + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
}

// callFloat(callable, float) -> number
napi_value call_float(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  PyObject* callable = nullptr;
  double x = 0;
  if (!read(env, args[0], callable) || !read(env, args[1], x)) return refuse(env);
  Attached attached;
  Ref argument(PyFloat_FromDouble(x));
  return float_result(env, call_with(callable, argument.get()));
}

// callTakenFloat(handle, float) -> number; also releases the handle, which spares the caller a crossing
napi_value call_taken_float(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  uint32_t handle = 0;
  double x = 0;
  if (napi_get_value_uint32(env, args[0], &handle) != napi_ok || !read(env, args[1], x)) return refuse(env);
  Attached attached;
  Ref callable = take(handle);
  Ref argument(PyFloat_FromDouble(x));
  return float_result(env, call_with(callable.get(), argument.get()));
}

// callMethodFloat(object, name, float) -> number
napi_value call_method_float(napi_env env, napi_callback_info info) {
  const auto args = arguments<3>(env, info);
  PyObject *object = nullptr, *name = nullptr;
  double x = 0;
  if (!read(env, args[0], object) || !read(env, args[1], name) || !read(env, args[2], x)) return refuse(env);
  Attached attached;
  Ref argument(PyFloat_FromDouble(x));
  PyObject* stack[3] = {nullptr, object, argument.get()};
  return float_result(
      env, Ref(PyObject_VectorcallMethod(name, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
}

// callMethodMixed(object, name, int, float, string) -> string
napi_value call_method_mixed(napi_env env, napi_callback_info info) {
  const auto args = arguments<5>(env, info);
  PyObject *object = nullptr, *name = nullptr;
  int32_t integer = 0;
  double number = 0;
  if (!read(env, args[0], object) || !read(env, args[1], name) || !read(env, args[2], integer) ||
      !read(env, args[3], number)) {
    return refuse(env);
  }
  Attached attached;
  Ref first(PyLong_FromLong(integer));
  Ref second(PyFloat_FromDouble(number));
  Ref third = string_to_python(env, args[4]);
  if (!third) return refuse(env);
  PyObject* stack[5] = {nullptr, object, first.get(), second.get(), third.get()};
  return string_result(
      env, Ref(PyObject_VectorcallMethod(name, stack + 1, 4 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
}

// callKeyword(callable, int, keywordNames, int) -> number; keywordNames is a tuple that is made once
napi_value call_keyword(napi_env env, napi_callback_info info) {
  const auto args = arguments<4>(env, info);
  PyObject *callable = nullptr, *names = nullptr;
  int32_t positional = 0, keyword = 0;
  if (!read(env, args[0], callable) || !read(env, args[1], positional) || !read(env, args[2], names) ||
      !read(env, args[3], keyword)) {
    return refuse(env);
  }
  Attached attached;
  Ref first(PyLong_FromLong(positional));
  Ref second(PyLong_FromLong(keyword));
  PyObject* stack[3] = {nullptr, first.get(), second.get()};
  return int_result(env,
                    Ref(PyObject_Vectorcall(callable, stack + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, names)));
}

// callString(callable, string) -> number
napi_value call_string(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  PyObject* callable = nullptr;
  if (!read(env, args[0], callable)) return refuse(env);
  Attached attached;
  Ref text = string_to_python(env, args[1]);
  if (!text) return refuse(env);
  return int_result(env, call_with(callable, text.get()));
}

// callStringString(callable, string) -> string
napi_value call_string_string(napi_env env, napi_callback_info info) {
  const auto args = arguments<2>(env, info);
  PyObject* callable = nullptr;
  if (!read(env, args[0], callable)) return refuse(env);
  Attached attached;
  Ref text = string_to_python(env, args[1]);
  if (!text) return refuse(env);
  return string_result(env, call_with(callable, text.get()));
}

// next(iterator) -> number, or undefined at the end
napi_value next(napi_env env, napi_callback_info info) {
  PyObject* iterator = nullptr;
  if (!read(env, arguments<1>(env, info)[0], iterator)) return refuse(env);
  Attached attached;
  Ref item(PyIter_Next(iterator));
  if (item) return int_to_js(env, item.get());
  return PyErr_Occurred() ? throw_python_error(env) : nullptr;
}

// A JavaScript function inside Python: a built-in function whose self is a capsule around this.
struct JsFunction {
  napi_env env;
  napi_ref reference;
};

constexpr const char* capsule_name = "floor.JsFunction";

// Called by Python, on the JavaScript thread; takes and returns an int. Detaches while JavaScript runs.
PyObject* call_js_function(PyObject* self, PyObject* argument) noexcept {
  auto* target = static_cast<JsFunction*>(PyCapsule_GetPointer(self, capsule_name));
  if (!target) return nullptr;
  const long long number = PyLong_AsLongLong(argument);
  if (number == -1 && PyErr_Occurred()) return nullptr;
  int64_t answer = 0;
  bool called = false;
  {
    Detached detached;
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(target->env, &scope);
    napi_value function = nullptr, receiver = nullptr, value = nullptr, result = nullptr;
    napi_get_reference_value(target->env, target->reference, &function);
    napi_get_undefined(target->env, &receiver);
    napi_create_int64(target->env, number, &value);
    called = napi_call_function(target->env, receiver, function, 1, &value, &result) == napi_ok &&
             napi_get_value_int64(target->env, result, &answer) == napi_ok;
    napi_close_handle_scope(target->env, scope);
  }
  if (called) return PyLong_FromLongLong(answer);
  PyErr_SetString(PyExc_RuntimeError, "the JavaScript function failed");
  return nullptr;
}

void drop_js_function(PyObject* capsule) noexcept {
  auto* target = static_cast<JsFunction*>(PyCapsule_GetPointer(capsule, capsule_name));
  napi_delete_reference(target->env, target->reference);
  delete target;
}

PyMethodDef js_function_definition = {"js_function", call_js_function, METH_O, nullptr};

// callWithFunction(callable, function, int) -> number: callable gets the function and the int
napi_value call_with_function(napi_env env, napi_callback_info info) {
  const auto args = arguments<3>(env, info);
  PyObject* callable = nullptr;
  int32_t count = 0;
  napi_ref reference = nullptr;
  if (!read(env, args[0], callable) || !read(env, args[2], count)) return refuse(env);
  if (napi_create_reference(env, args[1], 1, &reference) != napi_ok) return refuse(env);
  Attached attached;
  Ref capsule(PyCapsule_New(new JsFunction{env, reference}, capsule_name, drop_js_function));
  Ref function(PyCFunction_New(&js_function_definition, capsule.get()));
  Ref number(PyLong_FromLong(count));
  PyObject* stack[3] = {nullptr, function.get(), number.get()};
  return int_result(
      env, Ref(PyObject_Vectorcall(callable, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
}

// callWithObject(callable, object, int) -> number: callable gets the object and the int
napi_value call_with_object(napi_env env, napi_callback_info info) {
  const auto args = arguments<3>(env, info);
  PyObject* callable = nullptr;
  int32_t count = 0;
  if (!read(env, args[0], callable) || !read(env, args[2], count)) return refuse(env);
  Attached attached;
  Ref object = wrap_object(env, args[1]);
  Ref number(PyLong_FromLong(count));
  if (!object || !number) return throw_python_error(env);
  PyObject* stack[3] = {nullptr, object.get(), number.get()};
  return int_result(
      env, Ref(PyObject_Vectorcall(callable, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
}

napi_value define(napi_env env, napi_value exports) {
  constexpr std::array<std::pair<const char*, napi_callback>, 21> table{{
      {"init", init},
      {"finish", finish},
      {"run", run},
      {"evaluate", evaluate},
      {"importModule", import_module},
      {"intern", intern},
      {"release", release},
      {"getAttr", get_attr},
      {"getInt", get_int},
      {"getString", get_string},
      {"call", call},
      {"callFloat", call_float},
      {"callTakenFloat", call_taken_float},
      {"callMethodFloat", call_method_float},
      {"callMethodMixed", call_method_mixed},
      {"callKeyword", call_keyword},
      {"callString", call_string},
      {"callStringString", call_string_string},
      {"next", next},
      {"callWithFunction", call_with_function},
      {"callWithObject", call_with_object},
  }};
  for (const auto& [name, callback] : table) {
    napi_value function = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok ||
        napi_set_named_property(env, exports, name, function) != napi_ok) {
      return nullptr;
    }
  }
  return exports;
}

}  // namespace
}  // namespace floor_addon

NAPI_MODULE_INIT() { return floor_addon::define(env, exports); }
