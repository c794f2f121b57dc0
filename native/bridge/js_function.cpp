// JavaScript functions as functions of Python's: their attributes, and arguments that bind as they are
// declared.
#include "bridge/js_object.hpp"

namespace caduceus::bridge {

using py::api;

bool is_dunder(PyObject* name) {
  py::Text text;
  if (!py::look(name, &text) || text.kind != 1 || text.size < 4) return false;
  auto* data = static_cast<const char*>(text.data);
  return data[0] == '_' && data[1] == '_' && data[text.size - 1] == '_' && data[text.size - 2] == '_';
}

namespace {

// What inspect looks at, else what every Python object has.
PyObject* get_of_function(PyObject* function, PyObject* name) {
  Ref found = call_helper(kAbout, function, name);
  if (!found || found.get() != api._Py_NotImplementedStruct) return found.release();
  return api.PyObject_GenericGetAttr(function, name);
}

}  // namespace

PyObject* get_own(PyObject* self, PyObject* name, bool is_function) {
  return is_function ? get_of_function(self, name) : api.PyObject_GenericGetAttr(self, name);
}

// A descriptor, since pydoc does not ask the function itself.
PyObject* documentation_of(PyObject* function, void*) {
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("__doc__", 7));
  return name ? get_of_function(function, name.get()) : nullptr;
}

// Read from a class a function stays what it is. That it has `__get__` tells inspect and pydoc that it is
// one.
PyObject* function_of_class(PyObject* function, PyObject*, PyObject*) {
  api.Py_IncRef(function);
  return function;
}

int set_own(PyObject* self, PyObject* name, PyObject* value, bool is_function) {
  if (!is_function) return api.PyObject_GenericSetAttr(self, name, value);
  return (value ? call_helper(kMark, self, name, value) : call_helper(kUnmark, self, name)) ? 0 : -1;
}

Ref options_of(PyObject* const* values, PyObject* names) {
  Ref options = Ref::steal(api.PyDict_New());
  for (Py_ssize_t i = 0; options && names && i < api.PyTuple_Size(names); ++i) {
    if (api.PyDict_SetItem(options.get(), api.PyTuple_GetItem(names, i), values[i]) < 0) return {};
  }
  return options;
}

Ref bind(PyObject* callable, PyObject* const* args, Py_ssize_t count, PyObject* options) {
  Ref number = Ref::steal(api.PyLong_FromLongLong(fields_of(callable)->declared));
  Ref given = py::tuple_of(args, static_cast<size_t>(count)), none;
  if (!options) options = (none = Ref::steal(api.PyDict_New())).get();
  if (!number || !given || !options) return {};
  return call_helper(kBind, number.get(), given.get(), options);
}

PyObject* call_declared(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* names) {
  auto count = static_cast<Py_ssize_t>(nargsf & ~py::kVectorcallArgumentsOffset);
  Ref options = options_of(args + count, names);
  if (!options) return nullptr;
  Ref bound = bind(callable, args, count, options.get());
  if (!bound) return nullptr;
  std::vector<PyObject*> values;
  for (Py_ssize_t i = 0; i < api.PyTuple_Size(bound.get()); ++i) {
    values.push_back(api.PyTuple_GetItem(bound.get(), i));
  }
  return call_js(callable, values.data(), values.size(), nullptr);
}

// A function's __js_declaration__().
PyObject* declaration(PyObject* function, PyObject*) {
  return api.PyLong_FromLongLong(fields_of(function)->declared);
}

}  // namespace caduceus::bridge
