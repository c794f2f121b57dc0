// Proxies and handles, and memory that both sides look at.
#include "bridge/exports.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Python's memory as long as somebody of JavaScript's side needs it. Destroyed attached.
struct View {
  Py_buffer buffer{};
  ~View() {
    if (buffer.obj) api.PyBuffer_Release(&buffer);
  }
};

}  // namespace

// One ArrayBuffer over Python's memory.
struct Lent : js::Task {
  Env* env = nullptr;  // counted
  std::shared_ptr<View> view;
  std::multimap<const void*, Lent*>::iterator place;
};

namespace {

// Takes the view out of the Env's list; null if the Env has let go of it at its end.
std::shared_ptr<View> give_back(Lent* lent) {
  std::lock_guard lock(lent->env->js_lock);
  if (lent->view) lent->env->lent.erase(lent->place);
  return std::move(lent->view);
}

void forget(Lent* lent) {
  let_go(lent->env);
  delete lent;
}

// The ArrayBuffer was collected: a task for the owner's thread, since the finalizer itself runs no Python. At
// the end, where the inboxes close, it runs on the thread that does so.
void release_view(js::Task* task, bool refused) {
  auto* lent = static_cast<Lent*>(task);
  {
    py::Attached attached(refused ? py::Thread::peek() : lent->env->thread);
    // Without Python its memory is nobody's any more.
    auto view = give_back(lent);
    if (!attached && view) new std::shared_ptr<View>(std::move(view));
  }
  forget(lent);
}

void collected(napi_env, void*, void* hint) {
  auto* lent = static_cast<Lent*>(hint);
  if (js::post(*lent->env, lent)) return;
  // The Env has let go of it at its end, unless Python's came first: then it is nobody's any more.
  if (auto view = give_back(lent)) new std::shared_ptr<View>(std::move(view));
  forget(lent);
}

// Null: the host forbids external memory.
napi_value external(Env& env, std::shared_ptr<View> view) {
  napi_value buffer = nullptr;
  void* data = view->buffer.buf;
  auto size = static_cast<size_t>(view->buffer.len);
  auto* lent = new Lent;
  lent->run = release_view;
  lent->env = &env;
  lent->view = std::move(view);
  bridge::keep(&env);
  {
    std::lock_guard lock(env.js_lock);
    lent->place = env.lent.emplace(data, lent);
  }
  if (napi_create_external_arraybuffer(env.napi, data, size, collected, lent, &buffer) == napi_ok)
    return buffer;
  (void)give_back(lent);
  forget(lent);
  return nullptr;
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

std::shared_ptr<void> lent_memory(Env& env, const void* data) {
  std::lock_guard lock(env.js_lock);
  auto found = env.lent.find(data);
  return found == env.lent.end() ? nullptr : found->second->view;
}

void end_lent(Env& env) {
  std::vector<std::shared_ptr<View>> views;  // let go without the lock
  std::lock_guard lock(env.js_lock);
  for (auto& [data, lent] : std::exchange(env.lent, {})) views.push_back(std::move(lent->view));
}

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
  if (index < env.handles.size() && env.handles[index].object && env.handles[index].weak) {
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
  auto view = std::make_shared<View>();
  Py_buffer& seen = view->buffer;
  napi_value buffer = nullptr;
  constexpr int kShare = py::kBufWritable | py::kBufFormat | py::kBufCContiguous;
  constexpr int kFullReadOnly = 0x100 | 0x10 | py::kBufNd | py::kBufFormat;
  bool is_shared = api.PyObject_GetBuffer(operation.object(), &seen, kShare) == 0;
  if (!is_shared) {
    api.PyErr_Clear();
    if (api.PyObject_GetBuffer(operation.object(), &seen, kFullReadOnly) < 0) return raised(env);
  }
  const char* format = seen.format ? seen.format : "B";
  // Byte order marks say what this machine does anyway, or what it does not: the latter stays in front.
  bool native = *format == '@' || *format == '=' || *format == '<' || *format == '|';
  if (native) ++format;
  int32_t item_size = static_cast<int32_t>(seen.itemsize);
  int32_t character = format[0] && !format[1] ? format[0] : 0;
  if (is_shared) buffer = external(env, view);
  is_shared = buffer != nullptr;
  if (!is_shared) {
    buffer = copied(env, &seen);
    view.reset();
    if (!buffer) return raised(env);
  }
  env.out[1] = item_size;
  env.out[2] = character;
  env.out[3] = is_shared;
  return buffer;
}

// (): what this Env holds, for tests and diagnostics: [handles, JavaScript objects in Python, shared buffers]
napi_value census(Env& env, const js::Arguments&) {
  size_t objects = 0, lent = 0;
  {
    std::lock_guard lock(env.js_lock);
    objects = env.js_objects.size();
    lent = env.lent.size();
  }
  napi_value counts;
  napi_create_array_with_length(env.napi, 5, &counts);
  uint32_t index = 0;
  size_t waiters = env.waiters.size() - env.free_waiters.size();
  for (size_t count : {env.live_handles, objects, lent, env.in_flight, waiters}) {
    napi_set_element(env.napi, counts, index++, js::number(env.napi, static_cast<double>(count)));
  }
  return counts;
}

}  // namespace caduceus::bridge
