// Proxies and handles, and memory that both sides look at.
#include "bridge/exports.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// A view that an ArrayBuffer looks at. Released by a task on the owner's thread, never in the finalizer
// itself.
struct SharedView : js::Task {
  Env* env;  // counted
  Py_buffer view;
};

void release_view(js::Task* task, bool refused) {
  auto* shared = static_cast<SharedView*>(task);
  if (!refused) {
    py::Attached attached(shared->env->thread);
    if (attached) api.PyBuffer_Release(&shared->view);
    --shared->env->shared_buffers;
  }
  let_go(shared->env);
  delete shared;
}

void collected(napi_env, void*, void* hint) {
  auto* shared = static_cast<SharedView*>(hint);
  // After the environment's end its Python objects are gone or never will be: only the memory of ours is
  // left.
  if (!js::post(*shared->env, shared)) release_view(shared, true);
}

napi_value external(Env& env, SharedView* shared) {
  napi_value buffer = nullptr;
  auto size = static_cast<size_t>(shared->view.len);
  napi_status status =
      napi_create_external_arraybuffer(env.napi, shared->view.buf, size, collected, shared, &buffer);
  return status == napi_ok ? buffer : nullptr;
}

napi_value copied(Env& env, Py_buffer* view) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env.napi, static_cast<size_t>(view->len), &data, &buffer) != napi_ok) {
    api.PyErr_SetString(*api.PyExc_OverflowError, "this buffer is longer than an ArrayBuffer can be");
    return nullptr;
  }
  if (view->len && api.PyBuffer_ToContiguous(data, view, view->len, 'C') < 0) return nullptr;
  return buffer;
}

}  // namespace

// (handle, proxy, whether it is the error that stands for an exception)
napi_value bind(Env& env, const js::Arguments& args) {
  uint32_t index = handle_argument(env, args[0]);
  if (!object_of(env, index)) return js::undefined(env.napi);
  Handle& handle = env.handles[index];
  if (handle.weak) napi_delete_reference(env.napi, std::exchange(handle.weak, nullptr));
  napi_create_reference(env.napi, args[1], 0, &handle.weak);
  napi_get_value_bool(env.napi, args[2], &handle.error);
  if (handle.error) env.error_handles.push_back(index);
  return js::undefined(env.napi);
}

// (): after a collection
napi_value sweep_errors(Env& env, const js::Arguments&) {
  py::Attached attached(env.thread);
  if (attached) sweep_errors(env);
  return js::undefined(env.napi);
}

// (handle): its proxy, not counted as a crossing
napi_value proxy_of(Env& env, const js::Arguments& args) {
  uint32_t index = handle_argument(env, args[0]);
  napi_value proxy = nullptr;
  if (object_of(env, index) && env.handles[index].weak) {
    napi_get_reference_value(env.napi, env.handles[index].weak, &proxy);
  }
  return proxy ? proxy : js::undefined(env.napi);
}

// (handle): undoes one crossing; true when it was the last and the object is released
napi_value dispose(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  uint32_t index = handle_argument(env, args[0]);
  if (--env.handles[index].crossings > 0) return js::boolean(env.napi, false);
  release_handle(env, index, true);
  return js::boolean(env.napi, true);
}

// (Int32Array of handles, count): their proxies were collected
napi_value release(Env& env, const js::Arguments& args) {
  py::Attached attached(env.thread);
  if (!attached) return js::undefined(env.napi);
  void* data = nullptr;
  napi_get_typedarray_info(env.napi, args[0], nullptr, nullptr, &data, nullptr, nullptr);
  int32_t count = js::to_int(env.napi, args[1]);
  // The array may be filled again by what a destructor calls: take a copy first.
  std::vector<int32_t> handles(static_cast<int32_t*>(data), static_cast<int32_t*>(data) + count);
  for (int32_t handle : handles) release_handle(env, static_cast<uint32_t>(handle), true);
  return js::undefined(env.napi);
}

// (handle): an ArrayBuffer with, in the channel, the item size, the format's character and whether it is
// shared
napi_value share_buffer(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  auto* shared = new SharedView{};
  shared->run = release_view;
  shared->env = &env;
  napi_value buffer = nullptr;
  constexpr int kShare = py::kBufWritable | py::kBufFormat | py::kBufCContiguous;
  constexpr int kFullReadOnly = 0x100 | 0x10 | py::kBufNd | py::kBufFormat;
  bool is_shared = api.PyObject_GetBuffer(operation.object(), &shared->view, kShare) == 0;
  if (!is_shared) {
    api.PyErr_Clear();
    if (api.PyObject_GetBuffer(operation.object(), &shared->view, kFullReadOnly) < 0) {
      delete shared;
      return raised(env);
    }
  }
  const char* format = shared->view.format ? shared->view.format : "B";
  // Byte order marks say what this machine does anyway, or what it does not: the latter stays in front.
  bool native = *format == '@' || *format == '=' || *format == '<' || *format == '|';
  if (native) ++format;
  int32_t item_size = static_cast<int32_t>(shared->view.itemsize);
  int32_t character = format[0] && !format[1] ? format[0] : 0;
  if (is_shared) buffer = external(env, shared);
  is_shared = buffer != nullptr;  // a host may forbid external memory
  if (is_shared) {
    bridge::keep(&env);
    ++env.shared_buffers;
  } else {
    buffer = copied(env, &shared->view);
    api.PyBuffer_Release(&shared->view);
    delete shared;
    if (!buffer) return raised(env);
  }
  env.out[1] = item_size;
  env.out[2] = character;
  env.out[3] = is_shared;
  return buffer;
}

// (): what this Env holds, for tests and diagnostics: [handles, JavaScript objects in Python, shared buffers]
napi_value census(Env& env, const js::Arguments&) {
  size_t objects = 0;
  {
    std::lock_guard lock(env.js_lock);
    objects = env.js_objects.size();
  }
  napi_value counts;
  napi_create_array_with_length(env.napi, 5, &counts);
  uint32_t index = 0;
  size_t waiters = env.waiters.size() - env.free_waiters.size();
  for (size_t count : {env.live_handles, objects, env.shared_buffers, env.in_flight, waiters}) {
    napi_set_element(env.napi, counts, index++, js::number(env.napi, static_cast<double>(count)));
  }
  return counts;
}

}  // namespace caduceus::bridge
