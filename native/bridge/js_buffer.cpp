// A typed array, ArrayBuffer or DataView as a Python object over the same memory.
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

struct Element {
  char format;
  int size;
};

Element element_of(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return {'b', 1};
    case napi_int16_array:
      return {'h', 2};
    case napi_uint16_array:
      return {'H', 2};
    case napi_int32_array:
      return {'i', 4};
    case napi_uint32_array:
      return {'I', 4};
    case napi_float32_array:
      return {'f', 4};
    case napi_float64_array:
      return {'d', 8};
    case napi_bigint64_array:
      return {'q', 8};
    case napi_biguint64_array:
      return {'Q', 8};
    default:
      return {'B', 1};
  }
}

}  // namespace

// Owner thread. Writes the memory, size and format of `array`.
bool describe_buffer(Env& env, napi_value array, JsFields* fields) {
  bool is = false;
  Element element{'B', 1};
  fields->data = nullptr;
  fields->size = 0;
  if (napi_is_typedarray(env.napi, array, &is) == napi_ok && is) {
    napi_typedarray_type type;
    size_t length = 0;
    napi_get_typedarray_info(env.napi, array, &type, &length, &fields->data, nullptr, nullptr);
    element = element_of(type);
    fields->size = length * static_cast<size_t>(element.size);
  } else if (napi_is_dataview(env.napi, array, &is) == napi_ok && is) {
    napi_get_dataview_info(env.napi, array, &fields->size, &fields->data, nullptr, nullptr);
  } else {
    napi_get_arraybuffer_info(env.napi, array, &fields->data, &fields->size);
  }
  fields->format[0] = element.format;
  fields->format[1] = '\0';
  fields->itemsize = element.size;
  return true;
}

// Any thread. The memory is the ArrayBuffer's, kept by the object's reference; an ArrayBuffer that was transferred
// away in the meantime has no memory any more, which only its own thread can see.
int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  JsFields* fields = fields_of(self);
  Env& env = *fields->env;
  if (env.on_owner() && !env.closed.load()) {
    js::HandleScope scope(env.napi);
    size_t before = fields->size;
    describe_buffer(env, value_of(env, fields), fields);
    if (fields->size != before) {
      view->obj = nullptr;
      api.PyErr_SetString(*api.PyExc_BufferError,
                          "the ArrayBuffer of this typed array was transferred or resized since it came to Python");
      return -1;
    }
  } else if (env.closed.load()) {
    view->obj = nullptr;
    api.PyErr_SetString(*api.PyExc_BufferError, "the JavaScript environment that owned this memory has ended");
    return -1;
  }
  static char nothing = 0;
  auto* shape = new Py_ssize_t[2]{static_cast<Py_ssize_t>(fields->size) / fields->itemsize, fields->itemsize};
  api.Py_IncRef(self);
  *view = Py_buffer{};
  view->buf = fields->data ? fields->data : &nothing;
  view->obj = self;
  view->len = static_cast<Py_ssize_t>(fields->size);
  view->itemsize = fields->itemsize;
  view->ndim = 1;
  view->format = (flags & py::kBufFormat) ? fields->format : nullptr;
  view->shape = (flags & py::kBufNd) ? &shape[0] : nullptr;
  view->strides = (flags & 0x10) ? &shape[1] : nullptr;
  view->internal = shape;
  return 0;
}

void release_buffer(PyObject*, Py_buffer* view) { delete[] static_cast<Py_ssize_t*>(view->internal); }

}  // namespace caduceus::bridge
