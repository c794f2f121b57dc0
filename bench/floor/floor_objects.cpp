// Attributes, method calls and items of a JavaScript object, all on the one JavaScript thread.
//
// Each operation detaches while JavaScript may run, opens a handle scope and looks for exceptions. Names are
// made into JavaScript strings once.
#include "floor_objects.hpp"

#include <structmember.h>

#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace floor_addon {
namespace {

// A JavaScript object, or a function that was read from one: its `this`, which is null for an object.
struct Object {
  PyObject_HEAD napi_env env;
  napi_ref reference;
  PyObject* self;
  vectorcallfunc vectorcall;
};

PyTypeObject *object_type = nullptr, *method_type = nullptr;

struct Scope {
  explicit Scope(napi_env scope_env) : env(scope_env) { napi_open_handle_scope(env, &scope); }
  ~Scope() { napi_close_handle_scope(env, scope); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  napi_env env;
  napi_handle_scope scope = nullptr;
};

Object* object_of(PyObject* self) { return reinterpret_cast<Object*>(self); }

napi_value value_of(PyObject* self) {
  napi_value value = nullptr;
  napi_get_reference_value(object_of(self)->env, object_of(self)->reference, &value);
  return value;
}

PyObject* raise_thrown(napi_env env) {
  napi_value thrown = nullptr;
  napi_get_and_clear_last_exception(env, &thrown);
  PyErr_SetString(PyExc_RuntimeError, "JavaScript threw");
  return nullptr;
}

// The names that were met, by their Python string, are the elements of a JavaScript array.
napi_value name_to_js(napi_env env, PyObject* name) {
  static napi_ref names = nullptr;
  static std::unordered_map<PyObject*, uint32_t> known;
  napi_value array = nullptr, text = nullptr;
  if (!names) {
    napi_create_array(env, &array);
    napi_create_reference(env, array, 1, &names);
  } else {
    napi_get_reference_value(env, names, &array);
  }
  if (const auto found = known.find(name); found != known.end()) {
    napi_get_element(env, array, found->second, &text);
    return text;
  }
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(name, &size);
  if (!data || napi_create_string_utf8(env, data, static_cast<size_t>(size), &text) != napi_ok)
    return nullptr;
  const auto index = static_cast<uint32_t>(known.size());
  napi_set_element(env, array, index, text);
  Py_INCREF(name);
  known.emplace(name, index);
  return text;
}

PyObject* new_object(PyTypeObject* type, napi_env env, napi_value value, PyObject* self,
                     vectorcallfunc vectorcall) {
  auto* made = PyObject_New(Object, type);
  if (!made) return nullptr;
  made->env = env;
  made->self = Py_XNewRef(self);
  made->vectorcall = vectorcall;
  napi_create_reference(env, value, 1, &made->reference);
  return reinterpret_cast<PyObject*>(made);
}

PyObject* call_method(PyObject* method, PyObject* const* args, size_t nargsf, PyObject* names);

// A number, or a function of `self`.
PyObject* value_to_python(napi_env env, napi_value value, PyObject* self) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) == napi_ok) {
    if (std::trunc(number) == number && std::fabs(number) <= 9007199254740991.0 &&
        !(number == 0 && std::signbit(number))) {
      return PyLong_FromLongLong(static_cast<long long>(number));
    }
    return PyFloat_FromDouble(number);
  }
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type == napi_function) return new_object(method_type, env, value, self, call_method);
  PyErr_SetString(PyExc_AttributeError, "the floor knows numbers and functions");
  return nullptr;
}

// tp_getattro
PyObject* get_attribute(PyObject* self, PyObject* name) noexcept {
  napi_env env = object_of(self)->env;
  Scope scope(env);
  napi_value key = name_to_js(env, name), value = nullptr;
  if (!key) return nullptr;
  napi_status status = napi_ok;
  {
    Detached detached;
    status = napi_get_property(env, value_of(self), key, &value);
  }
  return status == napi_ok ? value_to_python(env, value, self) : raise_thrown(env);
}

constexpr size_t most_arguments = 4;

bool arguments_to_js(napi_env env, PyObject* const* args, size_t count,
                     std::array<napi_value, most_arguments>& out) {
  if (count > most_arguments) {
    PyErr_SetString(PyExc_TypeError, "the floor passes four numbers at most");
    return false;
  }
  for (size_t i = 0; i < count; ++i) {
    const double number = PyFloat_AsDouble(args[i]);
    if (number == -1 && PyErr_Occurred()) return false;
    napi_create_double(env, number, &out[i]);
  }
  return true;
}

PyObject* call_method(PyObject* method, PyObject* const* args, size_t nargsf, PyObject*) {
  napi_env env = object_of(method)->env;
  Scope scope(env);
  const auto count = static_cast<size_t>(PyVectorcall_NARGS(nargsf));
  std::array<napi_value, most_arguments> values{};
  if (!arguments_to_js(env, args, count, values)) return nullptr;
  napi_value result = nullptr;
  napi_status status = napi_ok;
  {
    Detached detached;
    status = napi_call_function(env, value_of(object_of(method)->self), value_of(method), count,
                                values.data(), &result);
  }
  return status == napi_ok ? value_to_python(env, result, nullptr) : raise_thrown(env);
}

// invoke(object, name, *numbers): gets the function and calls it in one crossing
PyObject* invoke(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
  if (count < 2) {
    PyErr_SetString(PyExc_TypeError, "invoke(object, name, *numbers)");
    return nullptr;
  }
  napi_env env = object_of(args[0])->env;
  Scope scope(env);
  std::array<napi_value, most_arguments> values{};
  const auto given = static_cast<size_t>(count - 2);
  napi_value name = name_to_js(env, args[1]), function = nullptr, result = nullptr;
  if (!name || !arguments_to_js(env, args + 2, given, values)) return nullptr;
  napi_status status = napi_ok;
  {
    Detached detached;
    napi_value self = value_of(args[0]);
    status = napi_get_property(env, self, name, &function);
    if (status == napi_ok) status = napi_call_function(env, self, function, given, values.data(), &result);
  }
  return status == napi_ok ? value_to_python(env, result, nullptr) : raise_thrown(env);
}

// sq_item, by which Python iterates: the length is asked each time, since the array may change.
PyObject* get_item(PyObject* self, Py_ssize_t index) noexcept {
  napi_env env = object_of(self)->env;
  Scope scope(env);
  napi_value item = nullptr;
  uint32_t length = 0;
  napi_status status = napi_ok;
  {
    Detached detached;
    napi_value array = value_of(self);
    status = napi_get_array_length(env, array, &length);
    if (status == napi_ok && index < length) {
      status = napi_get_element(env, array, static_cast<uint32_t>(index), &item);
    }
  }
  if (status != napi_ok) return raise_thrown(env);
  if (item) return value_to_python(env, item, nullptr);
  PyErr_SetNone(PyExc_IndexError);
  return nullptr;
}

void dealloc(PyObject* self) noexcept {
  PyTypeObject* type = Py_TYPE(self);
  napi_delete_reference(object_of(self)->env, object_of(self)->reference);
  Py_XDECREF(object_of(self)->self);
  PyObject_Free(self);
  Py_DECREF(type);
}

template <typename F>
void* slot(F* function) {
  return reinterpret_cast<void*>(function);
}

bool define_types() {
  if (object_type) return true;
  static PyMemberDef members[] = {{"__vectorcalloffset__", T_PYSSIZET,
                                   static_cast<Py_ssize_t>(offsetof(Object, vectorcall)), READONLY, nullptr},
                                  {nullptr, 0, 0, 0, nullptr}};
  static PyMethodDef invoke_definition = {"invoke", reinterpret_cast<PyCFunction>(slot(invoke)),
                                          METH_FASTCALL, nullptr};
  std::array<PyType_Slot, 4> of_object{{{Py_tp_dealloc, slot(dealloc)},
                                        {Py_tp_getattro, slot(get_attribute)},
                                        {Py_sq_item, slot(get_item)},
                                        {0, nullptr}}};
  std::array<PyType_Slot, 4> of_method{{{Py_tp_dealloc, slot(dealloc)},
                                        {Py_tp_call, slot(PyVectorcall_Call)},
                                        {Py_tp_members, members},
                                        {0, nullptr}}};
  PyType_Spec object_spec{"floor.Object", sizeof(Object), 0, Py_TPFLAGS_DEFAULT, of_object.data()};
  PyType_Spec method_spec{"floor.Method", sizeof(Object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
                          of_method.data()};
  method_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&method_spec));
  object_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&object_spec));
  Ref function(PyCFunction_New(&invoke_definition, nullptr));
  return object_type && method_type && function &&
         PyObject_SetAttrString(PyImport_AddModule("__main__"), "invoke", function.get()) == 0;
}

}  // namespace

Ref wrap_object(napi_env env, napi_value object) {
  if (!define_types()) return Ref();
  return Ref(new_object(object_type, env, object, nullptr, nullptr));
}

}  // namespace floor_addon
