// Attributes, items, iteration and text of one object.
#include "bridge/exports.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Whether the pending AttributeError only says that `name` is not there. It is taken; anything else stays
// pending.
bool take_missing(PyObject* object, PyObject* name) {
  if (!api.PyErr_GivenExceptionMatches(api.PyErr_Occurred(), *api.PyExc_AttributeError)) return false;
  Ref error = py::take_error();
  // Raised by CPython's own look-up: no Python code ran, so nothing else can have been missing.
  Ref traceback = Ref::steal(api.PyException_GetTraceback(error.get()));
  if (!traceback) {
    Ref of = Ref::steal(api.PyObject_GetAttrString(error.get(), "obj"));
    if (of && (of.get() == object || of.get() == py::none())) return true;
    api.PyErr_Clear();
  }
  Ref missing = call_helper(kIsMissing, object, name, error.get());
  bool is = missing && missing.get() == api._Py_TrueStruct;
  api.PyErr_Clear();
  if (!is) py::raise(std::move(error));
  return is;
}

// The plain look-up in the type and the instance. A class looks in its own bases, which the generic one does
// not.
Ref real_attribute(PyObject* object, PyObject* name) {
  if (!api.PyType_IsSubtype(py::type_of(object), api.PyType_Type)) {
    return Ref::steal(api.PyObject_GenericGetAttr(object, name));
  }
  Ref look_up = Ref::steal(api.PyObject_GetAttrString(api.PyType_Type, "__getattribute__"));
  PyObject* arguments[] = {object, name};
  return Ref::steal(look_up ? api.PyObject_Vectorcall(look_up.get(), arguments, 2, nullptr) : nullptr);
}

napi_value attribute(Env& env, PyObject* object, PyObject* name) {
  Ref value = Ref::steal(api.PyObject_GetAttr(object, name));
  if (value) return take(env, std::move(value));
  return take_missing(object, name) ? env.result(js::kMissing) : raised(env);
}

}  // namespace

// (handle, name index)
napi_value get(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  return attribute(env, operation.object(), env.names[handle_argument(env, args[1])]);
}

// (handle, name index): as get, but a method of the type comes as its function, which costs no bound object a
// call
napi_value get_member(Env& env, const js::Arguments& args) {
  if (!api._PyObject_GetMethod) return get(env, args);
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  PyObject* name = env.names[handle_argument(env, args[1])];
  PyObject* type = py::type_of(operation.object());
  uint32_t version = py::version_of(type);
  PyObject* found = nullptr;
  bool method = api._PyObject_GetMethod(operation.object(), name, &found) == 1;
  Ref value = Ref::steal(found);
  if (!value) return take_missing(operation.object(), name) ? env.result(js::kMissing) : raised(env);
  if (!method) return take(env, std::move(value));
  env.method = {operation.object(), type, name, value.get(), version};
  if (uint32_t known = live_handle(env, value.get())) {
    if (version && version == py::version_of(type)) mark_unchanged(env);
    return env.result(js::kMethod, static_cast<int32_t>(known), -1);
  }
  auto kind = static_cast<int32_t>(kind_of(env, py::type_of(value.get())));
  return env.result(js::kMethod, static_cast<int32_t>(new_handle(env, std::move(value))), kind);
}

// (handle, text): a name that is not worth interning
napi_value get_text(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  Ref name = text_to_python(env, args[1]);
  return name ? attribute(env, operation.object(), name.get()) : raised(env);
}

// (handle, name index): an attribute that is really there, without asking __getattr__
napi_value get_real(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  PyObject* name = env.names[handle_argument(env, args[1])];
  Ref value = real_attribute(operation.object(), name);
  if (value) return take(env, std::move(value));
  if (!api.PyErr_GivenExceptionMatches(api.PyErr_Occurred(), *api.PyExc_AttributeError)) return raised(env);
  api.PyErr_Clear();
  return env.result(js::kMissing);
}

// (handle, integer)
napi_value get_index(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  Ref index = scalar_to_python(env, args[1]);
  Ref value = Ref::steal(api.PyObject_GetItem(operation.object(), index.get()));
  if (value) return take(env, std::move(value));
  bool outside = api.PyErr_GivenExceptionMatches(api.PyErr_Occurred(), *api.PyExc_IndexError) ||
                 api.PyErr_GivenExceptionMatches(api.PyErr_Occurred(), *api.PyExc_KeyError);
  if (!outside) return raised(env);
  api.PyErr_Clear();
  return env.result(js::kMissing);
}

// (handle, name index)
napi_value has(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  PyObject* name = env.names[handle_argument(env, args[1])];
  Ref value = Ref::steal(api.PyObject_GetAttr(operation.object(), name));
  if (!value && !take_missing(operation.object(), name)) return raised(env);
  return js::boolean(env.napi, static_cast<bool>(value));
}

// (handle, name index): deletes the attribute
napi_value remove(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  PyObject* name = env.names[handle_argument(env, args[1])];
  if (api.PyObject_SetAttr(operation.object(), name, nullptr) == 0) return js::boolean(env.napi, true);
  return raised(env);
}

// (handle)
napi_value length(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  Py_ssize_t size = api.PyObject_Size(operation.object());
  return size < 0 ? raised(env) : js::number(env.napi, static_cast<double>(size));
}

// (handle)
napi_value iterate(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  return take(env, Ref::steal(api.PyObject_GetIter(operation.object())), false);
}

// (handle of an iterator): the next item; at its end the channel has the handle and kind of a tuple with what
// it returned, or zeros
napi_value next(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  constexpr int kYielded = 1, kReturned = 0;
  PyObject* made = nullptr;
  int outcome = api.PyIter_Send(operation.object(), py::none(), &made);
  Ref value = Ref::steal(made);
  if (outcome == kYielded) return take(env, std::move(value));
  if (outcome != kReturned) return raised(env);
  if (value.get() == py::none()) return env.result(js::kStopped);
  // A generator's return value, in a tuple: the channel tells handles, and the value may be a scalar.
  Ref pack = Ref::steal(api.PyTuple_New(1));
  if (!pack) return raised(env);
  api.PyTuple_SetItem(pack.get(), 0, value.release());
  uint32_t kind = kind_of(env, py::type_of(pack.get()));
  return env.result(js::kStopped, static_cast<int32_t>(new_handle(env, std::move(pack))),
                    static_cast<int32_t>(kind));
}

// (handle): the name of its type, with the module where that is not obvious
napi_value type_name(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  Ref text = call_helper(kTypeName, py::type_of(operation.object()));
  napi_value result = text ? text_to_js(env, text.get()) : nullptr;
  return result ? result : raised(env);
}

// (handle): str(object)
napi_value text(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  Ref text = Ref::steal(api.PyObject_Str(operation.object()));
  napi_value result = text ? text_to_js(env, text.get()) : nullptr;
  return result ? result : raised(env);
}

// (handle, deep): the decoder's program of plain data
napi_value copy_out(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  bool all = js::to_int(env.napi, args[1]) != 0;
  napi_value program = flatten(env, operation.object(), all ? Depth::kAll : Depth::kGiven);
  return program ? program : raised(env);
}

}  // namespace caduceus::bridge
