// A typed array, ArrayBuffer or DataView as a Python object over the same memory.
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Newer than the headers of the oldest Node: napi_float16_array.
constexpr auto kFloat16Array = static_cast<napi_typedarray_type>(11);

void set_element(SeenMemory* seen, const char* format, int size) {
  seen->format = format;
  seen->itemsize = size;
}

void set_element(SeenMemory* seen, napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return set_element(seen, "b", 1);
    case napi_int16_array:
      return set_element(seen, "h", 2);
    case napi_uint16_array:
      return set_element(seen, "H", 2);
    case napi_int32_array:
      return set_element(seen, "i", 4);
    case napi_uint32_array:
      return set_element(seen, "I", 4);
    case napi_float32_array:
      return set_element(seen, "f", 4);
    case napi_float64_array:
      return set_element(seen, "d", 8);
    case napi_bigint64_array:
      return set_element(seen, "q", 8);
    case napi_biguint64_array:
      return set_element(seen, "Q", 8);
    case kFloat16Array:
      return set_element(seen, "e", 2);
    default:
      return set_element(seen, "B", 1);
  }
}

// The buffer's property; an exception may be pending in JavaScript, for an environment that ends answers
// nothing.
bool is_true(Env& env, napi_value object, const char* property) {
  napi_value value = nullptr;
  bool is = false;
  napi_get_named_property(env.napi, object, property, &value);
  return value && napi_get_value_bool(env.napi, value, &is) == napi_ok && is;
}

// Node-API looks into a SharedArrayBuffer only through a typed array.
napi_value bytes_of_shared(Env& env, napi_value shared) {
  napi_value global, constructor = nullptr, bytes = nullptr;
  napi_get_global(env.napi, &global);
  napi_get_named_property(env.napi, global, "Uint8Array", &constructor);
  if (constructor) napi_new_instance(env.napi, constructor, 1, &shared, &bytes);
  return bytes;
}

int refuse(Py_buffer* view, const char* why) {
  view->obj = nullptr;
  api.PyErr_SetString(*api.PyExc_BufferError, why);
  return -1;
}

// Owner thread. What keeps Python's own memory, if that is what the buffer is over.
auto lent_to(Env& env, napi_value buffer) {
  void* whole = nullptr;
  napi_get_arraybuffer_info(env.napi, buffer, &whole, nullptr);
  return whole ? lent_memory(env, whole) : nullptr;
}

// Owner thread. Takes a share in the memory, which a worker that ends and a transfer that does not heed the
// mark of keep_in_place would free.
bool share(Env& env, napi_value buffer, JsFields* fields, const SeenMemory& seen) {
  if (fields->share) return true;
  if (auto own = lent_to(env, buffer)) {
    fields->share = new js::MemoryShare(std::move(own));
    return true;
  }
  if (auto share = js::share_memory(env.napi, buffer, seen.data, seen.size)) {
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

// Owner thread. Writes what `array` shows and returns its buffer; null if the environment is ending.
napi_value look(Env& env, napi_value array, SeenMemory* seen) {
  bool is = false;
  napi_value buffer = array;
  set_element(seen, "B", 1);
  napi_is_arraybuffer(env.napi, array, &is);
  if (is) {
    napi_get_arraybuffer_info(env.napi, array, &seen->data, &seen->size);
  } else if (napi_is_dataview(env.napi, array, &is) == napi_ok && is) {
    napi_get_dataview_info(env.napi, array, &seen->size, &seen->data, &buffer, nullptr);
  } else {
    napi_is_typedarray(env.napi, array, &is);
    napi_value typed = is ? array : bytes_of_shared(env, array);
    if (!typed) return nullptr;
    napi_typedarray_type type = napi_uint8_array;
    size_t length = 0;
    napi_get_typedarray_info(env.napi, typed, &type, &length, &seen->data, &buffer, nullptr);
    set_element(seen, type);
    seen->size = length * static_cast<size_t>(seen->itemsize);
  }
  return buffer;
}

// Owner thread. Looks at the memory as it is now, and keeps it there and alive.
PyObject* look_and_keep(Env& env, PyObject* self, SeenMemory* seen) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);  // what is pending would keep Node-API from answering
  JsFields* fields = fields_of(self);
  napi_value buffer = look(env, value_of(env, fields), seen);
  bool unshared = false, detached = false;
  if (buffer) napi_is_arraybuffer(env.napi, buffer, &unshared);
  if (unshared) napi_is_detached_arraybuffer(env.napi, buffer, &detached);
  if (detached) {
    api.PyErr_SetString(
        *api.PyExc_BufferError,
        "the ArrayBuffer of this JavaScript object was transferred away and has no memory any more; "
        "use the object that it was transferred to, or copy it before");
    return nullptr;
  }
  // The memory of a SharedArrayBuffer only grows, in place; that of a resizable ArrayBuffer goes away.
  bool changes = buffer && is_true(env, buffer, unshared ? "resizable" : "growable");
  bool ending = false;
  napi_is_exception_pending(env.napi, &ending);
  if (!buffer || ending) {
    raise_thrown(env);
    return nullptr;
  }
  if (changes && unshared) {
    api.PyErr_SetString(*api.PyExc_BufferError,
                        "the memory of a resizable ArrayBuffer may go away while Python looks at it; "
                        "give Python a copy of fixed length, for instance with slice()");
    return nullptr;
  }
  if (!share(env, buffer, fields, *seen)) return nullptr;
  // Python's own memory stays, whatever becomes of the buffer. The host detaches such buffers when an
  // environment ends; from Node 24 on it cannot detach what is marked, and ends the process.
  bool moves = unshared && !lent_to(env, buffer) && js::is_transferable(buffer);
  if (moves && !keep_in_place(env, self)) return nullptr;
  if (!changes && !fields->in_place.load(std::memory_order_relaxed)) {
    fields->seen = *seen;
    fields->in_place.store(true, std::memory_order_release);
  }
  return Ref::copy(py::none()).release();
}

}  // namespace

// Any thread. The memory is the ArrayBuffer's, kept by the object's reference and its share.
int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  JsFields* fields = fields_of(self);
  Env& env = *fields->env;
  bool in_place = fields->in_place.load(std::memory_order_acquire);
  if (env.closed.load() && !(in_place && fields->share)) {
    return refuse(view, "the JavaScript environment that owned this memory has ended");
  }
  SeenMemory seen{};
  if (in_place) {
    seen = fields->seen;
  } else if (!Ref::steal(on_owner(env, [&] { return look_and_keep(env, self, &seen); }))) {
    view->obj = nullptr;
    return -1;
  }
  static char nothing = 0;
  auto size = static_cast<Py_ssize_t>(seen.size);
  auto* shape = new Py_ssize_t[2]{size / seen.itemsize, seen.itemsize};
  api.Py_IncRef(self);
  py::Newborn newborn;  // any thread may release it
  *view = Py_buffer{};
  view->buf = seen.data ? seen.data : &nothing;
  view->obj = self;
  view->len = size;
  view->itemsize = seen.itemsize;
  view->ndim = 1;
  view->format = (flags & py::kBufFormat) ? const_cast<char*>(seen.format) : nullptr;
  view->shape = (flags & py::kBufNd) ? &shape[0] : nullptr;
  view->strides = (flags & 0x10) ? &shape[1] : nullptr;
  view->internal = shape;
  return 0;
}

void release_buffer(PyObject*, Py_buffer* view) { delete[] static_cast<Py_ssize_t*>(view->internal); }

}  // namespace caduceus::bridge
