// Watching module namespaces, so that TypeScript may keep what it read there: `math.sqrt(2)` then crosses
// once.
#include <unordered_map>
#include <vector>

#include "bridge/exports.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// A word of an Env's channel, which counts the changes of one namespace.
struct Word {
  Env* env;
  int32_t* count;
};

// Namespace -> who looks at it. Under `lock`, which is never held over a call into Python: CPython calls
// `changed` with the namespace's own lock held.
std::mutex lock;
std::unordered_multimap<PyObject*, Word> words;
int watcher = -1;  // under lock

constexpr int kDeallocated = 5;  // PyDict_EVENT_DEALLOCATED

int changed(int event, PyObject* dict, PyObject*, PyObject*) noexcept {
  std::lock_guard guard(lock);
  auto [first, last] = words.equal_range(dict);
  for (auto at = first; at != last; ++at) {
    // The owner's JavaScript reads the word without a lock: it is one aligned word, and a late look is
    // allowed.
    __atomic_fetch_add(at->second.count, 1, __ATOMIC_RELAXED);
  }
  if (event == kDeallocated) words.erase(first, last);
  return 0;
}

int watcher_id() {
  {
    std::lock_guard guard(lock);
    if (watcher >= 0 || !api.PyDict_AddWatcher) return watcher;
  }
  int made = api.PyDict_AddWatcher(changed);
  if (made < 0) api.PyErr_Clear();  // all of the interpreter's watchers are taken: nothing is kept then
  std::lock_guard guard(lock);
  if (watcher < 0) watcher = made;
  return watcher;
}

}  // namespace

// (handle of a module): the position in the channel of the word that counts the changes of its namespace, or
// 0
napi_value watch(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  PyObject* module = operation.object();
  int id = watcher_id();
  bool can = id >= 0 && py::type_of(module) == api.PyModule_Type && env.next_word < kChannelWords;
  PyObject* dict = can ? api.PyModule_GetDict(module) : nullptr;  // lives as long as the module
  if (!dict) return js::number(env.napi, 0);
  int position = env.next_word;
  {
    std::lock_guard guard(lock);
    // A module whose proxy was collected and made anew is watched already.
    auto [first, last] = words.equal_range(dict);
    for (auto at = first; at != last; ++at) {
      if (at->second.env == &env)
        return js::number(env.napi, static_cast<double>(at->second.count - env.out));
    }
    words.emplace(dict, Word{&env, env.out + position});
    ++env.next_word;
  }
  if (api.PyDict_Watch(id, dict) < 0) {
    api.PyErr_Clear();
    return js::number(env.napi, 0);
  }
  return js::number(env.napi, position);
}

// (handle of a watched module, name index): as get; the channel says whether the value may be kept until a
// change
napi_value get_watched(Env& env, const js::Arguments& args) {
  {
    Operation operation(env, args[0]);
    if (!operation) return operation.answer();
    PyObject* dict = api.PyModule_GetDict(operation.object());
    env.out[5] = api.PyDict_Contains(dict, env.names[handle_argument(env, args[1])]) == 1;
  }
  return get(env, args);
}

void forget_watches(Env& env) {
  std::lock_guard guard(lock);
  std::erase_if(words, [&](const auto& entry) { return entry.second.env == &env; });
}

}  // namespace caduceus::bridge
