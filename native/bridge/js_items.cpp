// Iterating a JavaScript array: many items cross at once, and an item that came early is handed out only
// while the array would say the same.
//
// JavaScript changes an array only where it runs. On its own thread that is never without a way into Python
// before Python goes on (Thread::entries). Another thread hears of what JavaScript does by such a way too;
// what JavaScript does without telling anybody in Python is seen a millisecond later at most.
#include <algorithm>

#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;
using std::chrono::steady_clock;

constexpr uint32_t kMost = 64;
constexpr auto kFresh = std::chrono::milliseconds(1);

// Several threads may share an iterator. `lock` is over the members and never held while anything else runs;
// the collector looks at `items` while nobody does.
struct Ahead {
  std::mutex lock;
  uint32_t index = 0;      // of the next item
  std::vector<Ref> items;  // what follows, the next one last
  uint32_t count = 0;      // how many were asked for
  uint64_t entries = 0;    // of the owner, when they were read
  steady_clock::time_point read;
  bool ended = false;
};

struct Fields {
  PyObject* array;  // owned
  Ahead* ahead;     // owned
};

Fields* fields(PyObject* self) {
  return reinterpret_cast<Fields*>(reinterpret_cast<char*>(self) + py::layout.head_size);
}

// How often the owner has come into Python; 0 if it has ended. Any thread.
uint64_t entries_of(Env& env) {
  if (env.on_owner() && !env.closed.load()) return env.thread->entries.load(std::memory_order_relaxed);
  std::lock_guard lock(env.inbox_lock);
  return env.wake_open ? env.thread->entries.load(std::memory_order_relaxed) : 0;
}

// The next item if it has come; else how many to ask for, from which index. `stale` takes what is of no use.
Ref take(Env& env, Ahead& ahead, uint32_t* index, uint32_t* count, std::vector<Ref>* stale) {
  uint64_t entries = entries_of(env);
  std::lock_guard lock(ahead.lock);
  bool came = !ahead.items.empty();
  if (came && ahead.entries == entries && (env.on_owner() || steady_clock::now() - ahead.read < kFresh)) {
    Ref item = std::move(ahead.items.back());
    ahead.items.pop_back();
    ++ahead.index;
    return item;
  }
  stale->swap(ahead.items);
  *index = ahead.index;
  // Few at first, and where they have come in vain. Another copy of this library enters Python unseen.
  bool one = came || ahead.count == 0 || py::several_copies.load(std::memory_order_relaxed);
  *count = ahead.ended ? 0 : one ? 1 : std::min(ahead.count * 2, kMost);
  return {};
}

// On the owner's thread: the first item, the others to `more`, the next one last. Null without an exception:
// it has ended.
PyObject* fetch(Env& env, PyObject* array, uint32_t index, uint32_t count, std::vector<Ref>* more,
                uint64_t* entries) {
  if (!read_items(env, array, index, count, more) || more->empty()) return nullptr;
  *entries = env.thread->entries.load(std::memory_order_relaxed);
  std::reverse(more->begin(), more->end());
  Ref first = std::move(more->back());
  more->pop_back();
  return first.release();
}

PyObject* next(PyObject* self) {
  PyObject* array = fields(self)->array;
  Ahead& ahead = *fields(self)->ahead;
  Env& env = *fields_of(array)->env;
  for (;;) {
    std::vector<Ref> more;
    uint32_t index = 0, count = 0;
    if (Ref item = take(env, ahead, &index, &count, &more)) return item.release();
    if (count == 0) return nullptr;
    more.clear();
    uint64_t entries = 0;
    auto read = steady_clock::now();
    Ref first = Ref::steal(on_owner(env, [&] { return fetch(env, array, index, count, &more, &entries); }));
    if (!first && api.PyErr_Occurred()) return nullptr;
    std::lock_guard lock(ahead.lock);
    if (ahead.index != index) continue;  // another thread was first
    ahead.ended = !first;
    if (!first) return nullptr;
    ++ahead.index;
    ahead.items.swap(more);
    ahead.count = count;
    ahead.entries = entries;
    ahead.read = read;
    return first.release();
  }
}

PyObject* self_of(PyObject* self) { return Ref::copy(self).release(); }

[[gnu::no_sanitize("thread")]] int traverse(PyObject* self, int (*visit)(PyObject*, void*), void* argument) {
  Fields* of = fields(self);
  if (of->array) {
    if (int stop = visit(of->array, argument)) return stop;
  }
  if (of->ahead) {
    for (Ref& item : of->ahead->items) {
      if (int stop = visit(item.get(), argument)) return stop;
    }
  }
  return visit(py::type_of(self), argument);
}

void dealloc(PyObject* self) {
  api.PyObject_GC_UnTrack(self);
  PyObject* type = py::type_of(self);
  Fields of = *fields(self);
  reinterpret_cast<void (*)(void*)>(api.PyType_GetSlot(type, py::kTpFree))(self);
  delete of.ahead;
  if (of.array) api.Py_DecRef(of.array);
  api.Py_DecRef(type);
}

// Written once when the module is made, before any JavaScript object can be.
PyObject* type = nullptr;

}  // namespace

bool define_items(PyObject* module) {
  PyType_Slot slots[] = {{py::kTpIter, reinterpret_cast<void*>(self_of)},
                         {py::kTpIternext, reinterpret_cast<void*>(next)},
                         {py::kTpDealloc, reinterpret_cast<void*>(dealloc)},
                         {py::kTpTraverse, reinterpret_cast<void*>(traverse)},
                         {0, nullptr}};
  PyType_Spec spec{"caduceus.JsArrayIterator", static_cast<int>(py::layout.head_size + sizeof(Fields)), 0,
                   py::kFlagDefault | py::kFlagHaveGc | py::kFlagDisallowInstantiation, slots};
  type = api.PyType_FromSpecWithBases(&spec, nullptr);
  return type && api.PyObject_SetAttrString(module, "JsArrayIterator", type) == 0;
}

PyObject* iterate_items(PyObject* array) {
  PyObject* made = api.PyType_GenericAlloc(type, 0);
  if (!made) return nullptr;
  auto ahead = std::make_unique<Ahead>();
  py::Newborn newborn;
  fields(made)->array = Ref::copy(array).release();
  fields(made)->ahead = ahead.release();
  return made;
}

}  // namespace caduceus::bridge
