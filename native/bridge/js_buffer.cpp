// A typed array, ArrayBuffer or DataView as a Python object over the same memory.
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

struct Element {
  char format;
  int size;
};

// Newer than the headers of the oldest Node: napi_float16_array.
constexpr auto kFloat16Array = static_cast<napi_typedarray_type>(11);

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
    case kFloat16Array:
      return {'e', 2};
    default:
      return {'B', 1};
  }
}

bool is_true(Env& env, napi_value object, const char* property) {
  napi_value value = nullptr;
  bool is = false;
  napi_get_named_property(env.napi, object, property, &value);
  return value && napi_get_value_bool(env.napi, value, &is) == napi_ok && is;
}

// Node-API looks into a SharedArrayBuffer only through a typed array.
napi_value bytes_of_shared(Env& env, napi_value shared) {
  napi_value global, constructor, bytes = nullptr;
  napi_get_global(env.napi, &global);
  napi_get_named_property(env.napi, global, "Uint8Array", &constructor);
  napi_new_instance(env.napi, constructor, 1, &shared, &bytes);
  return bytes;
}

int refuse(Py_buffer* view, const char* why) {
  view->obj = nullptr;
  api.PyErr_SetString(*api.PyExc_BufferError, why);
  return -1;
}

// Owner thread. Takes a share in the memory, which a worker that ends and a transfer that does not heed the
// mark of keep_in_place would free.
bool share(Env& env, napi_value buffer, JsFields* fields) {
  if (fields->share) return true;
  if (auto share = js::share_memory(env.napi, buffer, fields->data, fields->size)) {
    fields->share = new js::MemoryShare(std::move(share));
    return true;
  }
  if (env.is_main) return true;
  api.PyErr_SetString(
      *api.PyExc_BufferError,
      "this JavaScript runtime cannot keep a worker's memory alive for Python when the worker "
      "ends; let Python own the memory (py.builtins.bytearray(size).as(Uint8Array) shares it), "
      "or work with it in the main thread");
  return false;
}

// Owner thread. Looks at the memory as it is now and keeps it there.
PyObject* look_and_keep(Env& env, PyObject* self) {
  js::HandleScope scope(env.napi);
  JsFields* fields = fields_of(self);
  napi_value buffer = describe_buffer(env, value_of(env, fields), fields);
  bool has_memory = fields->memory == Memory::kFixed || fields->memory == Memory::kShared;
  if (has_memory && !share(env, buffer, fields)) return nullptr;
  if (fields->memory == Memory::kFixed) {
    if (js::is_transferable(buffer) && !keep_in_place(env, self)) return nullptr;
    fields->in_place.store(true, std::memory_order_release);
  }
  return Ref::copy(py::none()).release();
}

}  // namespace

// Owner thread. Writes the memory, size and format of `array`, and whether it may be exported; returns its
// buffer.
napi_value describe_buffer(Env& env, napi_value array, JsFields* fields) {
  bool is = false;
  Element element{'B', 1};
  napi_value buffer = array;
  void* data = nullptr;
  size_t bytes = 0;
  napi_is_arraybuffer(env.napi, array, &is);
  if (is) {
    napi_get_arraybuffer_info(env.napi, array, &data, &bytes);
  } else if (napi_is_dataview(env.napi, array, &is) == napi_ok && is) {
    napi_get_dataview_info(env.napi, array, &bytes, &data, &buffer, nullptr);
  } else {
    napi_is_typedarray(env.napi, array, &is);
    napi_value typed = is ? array : bytes_of_shared(env, array);
    napi_typedarray_type type = napi_uint8_array;
    size_t length = 0;
    napi_get_typedarray_info(env.napi, typed, &type, &length, &data, &buffer, nullptr);
    element = element_of(type);
    bytes = length * static_cast<size_t>(element.size);
  }
  // Written whole: other threads may be exporting the memory of a SharedArrayBuffer.
  fields->data = data;
  fields->size = bytes;
  fields->format[0] = element.format;
  fields->format[1] = '\0';
  fields->itemsize = element.size;
  // The memory of a SharedArrayBuffer only grows, in place; that of a resizable ArrayBuffer goes away.
  bool detached = false, unshared = false;
  napi_is_detached_arraybuffer(env.napi, buffer, &detached);
  napi_is_arraybuffer(env.napi, buffer, &unshared);
  fields->memory = detached                            ? Memory::kGone
                   : !unshared                         ? Memory::kShared
                   : is_true(env, buffer, "resizable") ? Memory::kResizable
                                                       : Memory::kFixed;
  return buffer;
}

// Any thread. The memory is the ArrayBuffer's, kept by the object's reference and its share.
int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  JsFields* fields = fields_of(self);
  Env& env = *fields->env;
  bool in_place = fields->in_place.load(std::memory_order_acquire);
  if (env.closed.load() && !(in_place && fields->share)) {
    return refuse(view, "the JavaScript environment that owned this memory has ended");
  }
  if (!in_place) {
    Ref looked = Ref::steal(on_owner(env, [&] { return look_and_keep(env, self); }));
    if (!looked) {
      view->obj = nullptr;
      return -1;
    }
  }
  if (fields->memory == Memory::kGone) {
    return refuse(
        view,
        "the ArrayBuffer of this JavaScript object was transferred away and has no memory any more; "
        "use the object that it was transferred to, or copy it before");
  }
  if (fields->memory == Memory::kResizable) {
    return refuse(view,
                  "the memory of a resizable ArrayBuffer may go away while Python looks at it; "
                  "give Python a copy of fixed length, for instance with slice()");
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
