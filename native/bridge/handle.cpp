// The handle table: which Python objects JavaScript holds, and one proxy for one object.
#include <algorithm>

#include "bridge/env.hpp"
#include "py/interpreter.hpp"
#include "py/interrupt.hpp"

namespace caduceus::bridge {
namespace {

uint64_t key_of(PyObject* object) { return reinterpret_cast<uint64_t>(object); }

// V8 sees small proxies and not the objects behind them: told of their size, it collects in time. In batches,
// since telling costs as much as making a handle.
void report(Env& env, int change) {
  constexpr int kBatch = 1024, kBytes = 512;
  env.unreported += change;
  if (env.unreported < kBatch && env.unreported > -kBatch) return;
  int64_t total;
  napi_adjust_external_memory(env.napi, int64_t{env.unreported} * kBytes, &total);
  env.unreported = 0;
}

// Gives back a handle's reference. Attached.
void let_object_go(Env& env, PyObject* object) {
  if (!InUse::take_over(env, object)) py::api.Py_DecRef(object);
}

// Frees what belongs to proxies that V8 has already collected but whose finalizers wait for the event loop:
// without this a long synchronous loop would keep every object it ever looked at. The slot stays taken until
// its finalizer.
void sweep(Env& env) {
  std::vector<PyObject*> dead;
  js::HandleScope scope(env.napi);
  for (size_t i = 1; i < env.handles.size(); ++i) {
    Handle& handle = env.handles[i];
    if (!handle.object || !handle.weak || handle.error || handle.pins || handle.root) continue;
    napi_value proxy = nullptr;
    if (napi_get_reference_value(env.napi, handle.weak, &proxy) != napi_ok || proxy) continue;
    napi_delete_reference(env.napi, handle.weak);
    handle.weak = nullptr;
    auto* entry = env.identity.find(key_of(handle.object));
    if (entry && entry->value == i) env.identity.erase(key_of(handle.object));
    dead.push_back(std::exchange(handle.object, nullptr));
    --env.live_handles;
    report(env, -1);
  }
  sweep_errors(env);
  env.next_sweep = std::max<size_t>(4096, env.live_handles * 2);
  for (PyObject* object : dead) let_object_go(env, object);  // may run anything: the table is whole by now
}

struct Place {
  const char *module, *function;
};
constexpr Place kPlaces[kHelperCount] = {
    {"caduceus._kinds", "classify"},        {"caduceus._kinds", "kin"},
    {"caduceus._errors", "make_error"},     {"caduceus._data", "from_date"},
    {"caduceus._data", "expand"},           {"caduceus._errors", "is_missing"},
    {"caduceus._errors", "message_of"},     {"caduceus._errors", "type_name"},
    {"caduceus._bootstrap", "is_whole"},    {"caduceus._interrupts", "Interrupted"},
    {"caduceus._pool", "start_thread"},     {"caduceus._loop", "begin"},
    {"caduceus._loop", "cancel"},           {"caduceus._threads", "blocked"},
    {"caduceus._threads", "known_waits"},   {"caduceus._errors", "JsLoopBlocked"},
    {"caduceus._promise", "wait"},          {"caduceus._promise", "iterate_later"},
    {"caduceus._promise", "enter_later"},   {"caduceus._promise", "exit_later"},
    {"caduceus._disposal", "enter"},        {"caduceus._disposal", "leave"},
    {"caduceus._threads", "Terminated"},    {"caduceus._threads", "waits_for_lock"},
    {"caduceus._collections", "get_slice"}, {"caduceus._collections", "set_slice"},
    {"caduceus._kinds", "same_method"},     {"caduceus._classes", "class_of"},
    {"caduceus._classes", "is_instance"},   {"caduceus._functions", "about"},
    {"caduceus._signatures", "bind"},       {"caduceus._functions", "mark"},
    {"caduceus._functions", "unmark"},      {"caduceus._interrupts", "KeyboardInterrupted"},
    {"caduceus._derived", "JsMember"},      {"caduceus._derived", "complete"},
    {"caduceus._derived", "completed"},     {"caduceus._derived", "expose"},
    {"caduceus._classes", "error_made"}};
// Published whole, each with a reference of ours; two threads may import one at once, and one of them keeps
// its own.
std::atomic<PyObject*> helpers[kHelperCount];

std::atomic<bool> forked{false};
std::mutex envs_lock;  // under it: envs. Taken when an Env begins or ends and at exit.
std::vector<Env*> envs;

}  // namespace

void sweep_errors(Env& env) {
  std::vector<uint32_t> dead, alive;
  js::HandleScope scope(env.napi);
  // A handle that was released and reused for another error stands here twice: released twice it would be
  // free twice.
  std::sort(env.error_handles.begin(), env.error_handles.end());
  env.error_handles.erase(std::unique(env.error_handles.begin(), env.error_handles.end()),
                          env.error_handles.end());
  for (uint32_t index : env.error_handles) {
    Handle& handle = env.handles[index];
    if (!handle.error || !handle.weak) continue;  // its exception has a proxy by now
    napi_value error = nullptr;
    napi_get_reference_value(env.napi, handle.weak, &error);
    (error ? alive : dead).push_back(index);
  }
  env.error_handles = std::move(alive);
  for (uint32_t index : dead) release_handle(env, index, true);
}

uint32_t new_handle(Env& env, Ref object) {
  if (env.live_handles >= env.next_sweep) sweep(env);
  uint32_t index = env.free_handle;
  if (index) {
    env.free_handle = env.handles[index].next;
  } else {
    index = static_cast<uint32_t>(env.handles.size());
    env.handles.emplace_back();
  }
  env.identity.set(key_of(object.get()), index);
  env.handles[index] = Handle{};
  env.handles[index].object = object.release();
  env.handles[index].crossings = 1;
  ++env.live_handles;
  report(env, 1);
  return index;
}

napi_value known(Env& env, js::Outcome outcome, napi_value object) {
  napi_value texts = nullptr;
  napi_get_reference_value(env.napi, env.texts, &texts);
  napi_set_element(env.napi, texts, 1, object);
  return env.result(outcome, 0, -1);
}

uint32_t live_handle(Env& env, PyObject* object) {
  auto* entry = env.identity.find(key_of(object));
  if (!entry || !env.handles[entry->value].weak) return 0;
  napi_value proxy = nullptr;
  napi_get_reference_value(env.napi, env.handles[entry->value].weak, &proxy);
  return proxy ? static_cast<uint32_t>(entry->value) : 0;
}

napi_value existing_proxy(Env& env, PyObject* object, bool* error) {
  *error = false;
  auto* entry = env.identity.find(key_of(object));
  if (!entry) return nullptr;
  Handle& handle = env.handles[entry->value];
  napi_value proxy = nullptr;
  if (handle.weak) napi_get_reference_value(env.napi, handle.weak, &proxy);
  *error = handle.error;
  if (proxy) ++handle.crossings;
  return proxy;
}

void release_handle(Env& env, uint32_t index, bool forget) {
  if (index == 0 || index >= env.handles.size()) return;
  Handle& handle = env.handles[index];
  if (handle.pins) {
    handle.released = true;
    handle.forgotten |= forget;
    return;
  }
  PyObject* object = std::exchange(handle.object, nullptr);
  if (object) {
    auto* entry = env.identity.find(key_of(object));
    if (entry && entry->value == index) env.identity.erase(key_of(object));
    --env.live_handles;
    report(env, -1);
  }
  if (handle.weak) napi_delete_reference(env.napi, std::exchange(handle.weak, nullptr));
  if (forget) {
    handle.next = env.free_handle;
    env.free_handle = index;
  }
  drop_sides(env, index);  // from here on anything may run
  if (object) let_object_go(env, object);
}

void pin_handle(Env& env, uint32_t handle) { ++env.handles[handle].pins; }

void unpin_handle(Env& env, uint32_t index) {
  Handle& handle = env.handles[index];
  if (--handle.pins || !handle.released) return;
  handle.released = false;
  release_handle(env, index, std::exchange(handle.forgotten, false));
}

void forget_types(FlatMap& types) {
  for (auto& entry : types.take()) {
    if (entry.key) py::api.Py_DecRef(reinterpret_cast<PyObject*>(entry.key));
  }
}

uint64_t kind_and_type(Env& env, PyObject* type) {
  if (auto* entry = env.kinds.find(key_of(type))) return entry->value;
  Ref bits = undisturbed([&] { return call_helper(kClassify, type); });
  if (!bits) {
    py::api.PyErr_WriteUnraisable(type);  // an ABC's own __subclasshook__ failed: the object is a plain one
    return 0;
  }
  int overflow = 0;
  auto kind = static_cast<uint64_t>(py::api.PyLong_AsLongLongAndOverflow(bits.get(), &overflow));
  kind |= static_cast<uint64_t>(++env.last_type) << 32;
  // The map owns its types, so that an address is not met again as another type; bounded for those that make
  // types.
  if (env.kinds.size() > 4096) forget_types(env.kinds);
  py::api.Py_IncRef(type);
  env.kinds.set(key_of(type), kind);
  return kind;
}

PyObject* helper(Helper which) {
  if (PyObject* known = helpers[which].load(std::memory_order_acquire)) return known;
  Ref module = Ref::steal(py::api.PyImport_ImportModule(kPlaces[which].module));
  Ref function =
      Ref::steal(module ? py::api.PyObject_GetAttrString(module.get(), kPlaces[which].function) : nullptr);
  PyObject* expected = nullptr;
  if (function && helpers[which].compare_exchange_strong(expected, function.get())) return function.release();
  return expected;
}

void release_all(Env& env) {
  bool owner = env.on_owner();
  // A thread that never left Python may still work on what its Env holds.
  if (!owner && !py::left_alone() && InUse::innermost(env)) return;
  for (size_t i = 1; i < env.handles.size(); ++i) {
    PyObject* object = std::exchange(env.handles[i].object, nullptr);
    if (!object) continue;
    // What another thread's operations use is not looked at: they are refused by now, and gone from its stack
    // at any time.
    if (owner) {
      let_object_go(env, object);
    } else {
      py::api.Py_DecRef(object);
    }
  }
  forget_codecs(env);
  end_roots(env);
  env.live_handles = 0;
  env.identity.take();
  // At Python's end destructors may still call JavaScript, which knows its names by their index.
  if (env.closed.load()) {
    for (PyObject*& name : env.names) py::api.Py_DecRef(std::exchange(name, nullptr));
    env.names.clear();
    for (Env::JsName& known : env.js_names) {
      if (known.name) py::api.Py_DecRef(std::exchange(known.name, nullptr));
    }
  }
  forget_types(env.kinds);
}

void release_every_env() {
  end_shares(nullptr);
  std::vector<Env*> all;
  {
    std::lock_guard lock(envs_lock);
    all = envs;
    for (Env* env : all) keep(env);  // its thread may end it meanwhile
  }
  for (Env* env : all) {
    release_all(*env);
    let_go(env);
  }
}

void close_every_inbox() {
  std::vector<Env*> all;
  {
    std::lock_guard lock(envs_lock);
    all = envs;
    for (Env* env : all) keep(env);
  }
  for (Env* env : all) {
    js::close_inbox(*env);
    let_go(env);
  }
}

bool post_to_main(js::Task* task) {
  std::lock_guard lock(envs_lock);
  return std::any_of(envs.begin(), envs.end(),
                     [&](Env* env) { return env->is_main && js::post(*env, task); });
}

Env* keep_main() {
  std::lock_guard lock(envs_lock);
  auto main =
      std::find_if(envs.begin(), envs.end(), [](Env* env) { return env->is_main && !env->closed.load(); });
  if (main == envs.end()) return nullptr;
  keep(*main);
  return *main;
}

void leave_javascript() {
  forked.store(true);
  for (Env* env : envs) env->closed.store(true);
}

bool is_forked() { return forked.load(); }

void register_env(Env* env) {
  std::lock_guard lock(envs_lock);
  envs.push_back(env);
}

namespace {

// The thread of an Env, as long as the Env is there.
class EndingEnv : public py::Ending {
 public:
  explicit EndingEnv(Env* env) : env_(env) {}
  ~EndingEnv() override { let_go(env_); }
  bool with_thread(const std::function<void(py::Thread*)>& work) override {
    py::Thread* thread;
    {
      std::lock_guard lock(env_->inbox_lock);
      if (!env_->wake_open) return false;
      thread = env_->thread;
      thread->pins.fetch_add(1);
    }
    work(thread);
    thread->pins.fetch_sub(1);
    return true;
  }

 private:
  Env* env_;
};

}  // namespace

void end_calls_of(int worker) {
  std::lock_guard lock(envs_lock);
  for (Env* env : envs) {
    if (env->is_main || env->worker != worker) continue;
    keep(env);
    py::end_calls(std::make_unique<EndingEnv>(env));
  }
}

void unregister_env(Env* env) {
  std::lock_guard lock(envs_lock);
  std::erase(envs, env);
}

void keep(Env* env) { env->references.fetch_add(1, std::memory_order_relaxed); }

void let_go(Env* env) {
  if (env->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete env;
}

}  // namespace caduceus::bridge
