// Objects with a side in each language. JavaScript's side owns a reference to Python's for its whole life (a
// root); Python's side refers to JavaScript's by a link, strongly until a sweep proves that Python reaches it
// through JavaScript alone. Links change on the owner's thread alone; other threads only count references.
#include <algorithm>
#include <chrono>

#include "bridge/exports.hpp"
#include "bridge/js_object.hpp"
#include "bridge/scan.hpp"

namespace caduceus::bridge {
namespace {

using py::api;
using std::chrono::steady_clock;

// How much of the time the search through both heaps may take: one part of this many.
constexpr int kShare = 20;
// The same for the sake of a few objects: where that comes to an end, else; and how long it waits at least.
constexpr int kQuietShare = 200, kVainShare = 2000;
constexpr steady_clock::duration kQuiet = std::chrono::seconds(1);

uint64_t key_of_handle(uint32_t index) { return uint64_t{1} << 62 | index; }

void weaken(Env& env, JsFields* fields) {
  if (fields->weak) return;
  napi_reference_unref(env.napi, fields->reference, nullptr);
  fields->weak = true;
}

bool is_collected(Env& env, JsFields* fields) {
  js::HandleScope scope(env.napi);
  return !value_of(env, fields);
}

// What links JavaScript's object of that number: of a root, or the object that stands for it.
Ref link_of(Env& env, uint64_t id) {
  Root* root = env.roots.find(id);
  return root ? Ref::copy(root->link) : living(env, id);
}

// Python is about to have what JavaScript's object holds.
void hold_reached(Env& env, uint64_t key) {
  auto found = env.reach.find(key);
  if (found == env.reach.end()) return;
  auto ids = std::move(found->second);
  env.reach.erase(found);
  for (uint64_t id : ids) {
    if (Ref link = link_of(env, id)) hold_link(env, link.get());
  }
}

// JavaScript's side has gone.
void drop_root(Env& env, uint64_t id) {
  Root* found = env.roots.find(id);
  if (!found) return;
  PyObject* kept = found->kept();
  env.roots.erase(id);
  env.reach.erase(id);
  api.Py_DecRef(kept);  // may run anything
}

// Drops what V8 has collected. Whether a pair is left that Python refers to from somewhere.
bool sweep_singles(Env& env) {
  bool left = false;
  std::vector<uint64_t> dead;
  for (Root& root : env.roots) {
    JsFields* fields = fields_of(root.link);
    if (fields->weak && root.owned && is_collected(env, fields)) {
      dead.push_back(root.id);
      continue;
    }
    long long references = references_to(root.object);
    if (!fields->weak) root.deep = false;
    if (references == 1) {
      weaken(env, fields);
    } else if (!root.deep) {
      hold_link(env, root.link);
    }
    left |= !fields->weak || root.deep;
  }
  env.next_root_sweep = std::max<size_t>(1000, 2 * (env.roots.size() - dead.size()));
  for (uint64_t id : dead) drop_root(env, id);  // may run anything: the table is whole by now
  return left;
}

napi_value js_side(Env& env, const Keeper& keeper) {
  napi_value value = nullptr;
  if (!keeper.handle) {
    Root* root = env.roots.find(keeper.root);
    return root ? value_of(env, fields_of(root->link)) : nullptr;
  }
  if (napi_ref weak = env.handles[keeper.handle].weak) napi_get_reference_value(env.napi, weak, &value);
  return value;
}

// Lets JavaScript see what holds what through Python, then lets the links go.
void mirror(Env& env, Scan& scan, napi_value connect) {
  env.reach.clear();
  for (Keeper& keeper : scan.keepers) {
    napi_value side = js_side(env, keeper), targets = nullptr;
    if (!side) continue;
    napi_create_array(env.napi, &targets);
    uint32_t count = 0;
    for (uint64_t id : keeper.reaches) {
      Ref link = link_of(env, id);
      napi_value target = link ? value_of(env, fields_of(link.get())) : nullptr;
      if (target) napi_set_element(env.napi, targets, count++, target);
    }
    napi_value arguments[] = {side, targets};
    js::call(env.napi, js::undefined(env.napi), connect, 2, arguments);
    if (keeper.handle) env.handles[keeper.handle].mirrored = true;
    env.reach[keeper.handle ? key_of_handle(keeper.handle) : keeper.root] = std::move(keeper.reaches);
  }
  napi_value arguments[] = {js::undefined(env.napi), js::undefined(env.napi)};
  js::call(env.napi, js::undefined(env.napi), connect, 2, arguments);
  // A method that is called again does not look at its handle.
  env.thread->may_change();
  std::vector<uint64_t> before = std::exchange(env.weakened, {});
  for (uint64_t id : scan.unreached) {
    Ref link = link_of(env, id);
    if (!link) continue;
    weaken(env, fields_of(link.get()));
    if (Root* root = env.roots.find(id)) {
      root->deep = true;
    } else {
      env.weakened.push_back(id);
    }
  }
  std::sort(env.weakened.begin(), env.weakened.end());
  for (uint64_t id : before) {
    if (std::binary_search(env.weakened.begin(), env.weakened.end(), id)) continue;
    if (Ref link = living(env, id)) hold_link(env, link.get());
  }
  for (uint64_t id : scan.reached) {
    if (Ref link = link_of(env, id)) hold_link(env, link.get());
  }
}

size_t objects_in_python(Env& env) {
  std::lock_guard lock(env.js_lock);
  return env.js_objects.size();
}

// Whether Python has twice as many objects of JavaScript's as when both heaps were last searched. After their
// number has fallen far below that, as when cycles were collected, the next search is due earlier.
bool has_many_objects(Env& env) {
  size_t count = objects_in_python(env);
  env.next_objects = std::max<size_t>(1000, std::min(env.next_objects, 4 * count));
  return count >= env.next_objects;
}

// Whether Python has any, and the last search was a while ago.
bool has_old_objects(Env& env) {
  return steady_clock::now() >= env.next_quiet_scan && objects_in_python(env) > 0;
}

void sweep_through_both(Env& env, bool is_urgent, napi_value connect) {
  auto begun = steady_clock::now();
  if (begun < env.next_scan) return;
  env.next_objects = 2 * objects_in_python(env);
  Scan scan(env);
  bool whole = scan.run(is_urgent);
  if (whole) mirror(env, scan, connect);
  auto ended = steady_clock::now();
  env.next_scan = ended + kShare * (ended - begun);
  env.next_quiet_scan = ended + std::max(kQuiet, (whole ? kQuietShare : kVainShare) * (ended - begun));
}

}  // namespace

void hold_link(Env& env, PyObject* link) {
  JsFields* fields = fields_of(link);
  if (!fields->weak) return;
  js::HandleScope scope(env.napi);
  if (!value_of(env, fields)) return;  // V8 has taken it: who uses it hears of that
  napi_reference_ref(env.napi, fields->reference, nullptr);
  fields->weak = false;
}

void hold_object(Env& env, PyObject* object) {
  hold_link(env, object);
  if (!env.reach.empty()) hold_reached(env, fields_of(object)->id);
}

void hold_handle(Env& env, uint32_t index) {
  Handle& handle = env.handles[index];
  if (handle.root) {
    if (Root* root = env.roots.find(handle.root)) hold_link(env, root->link);
    if (!env.reach.empty()) hold_reached(env, handle.root);
  }
  if (std::exchange(handle.mirrored, false)) hold_reached(env, key_of_handle(index));
}

void add_root(Env& env, uint64_t id, PyObject* object, PyObject* link, bool owned) {
  if (env.roots.size() >= env.next_root_sweep) sweep_singles(env);
  Root root{id, object, link, owned};
  if (env.roots.add(root)) api.Py_IncRef(root.kept());
}

void drop_sides(Env& env, uint32_t index) {
  Handle& handle = env.handles[index];
  if (std::exchange(handle.mirrored, false)) env.reach.erase(key_of_handle(index));
  if (uint64_t root = std::exchange(handle.root, 0)) drop_root(env, root);
}

void end_roots(Env& env) {
  for (const Root& root : env.roots.take()) api.Py_DecRef(root.kept());
}

// (what is told which JavaScript object holds which others through Python): after a collection
napi_value sweep_roots(Env& env, const js::Arguments& args) {
  bool many = has_many_objects(env);
  bool due = many || has_old_objects(env);
  if (env.roots.empty() && !due) return js::undefined(env.napi);
  py::Attached attached(env.thread);
  if (!attached) return js::undefined(env.napi);
  js::HandleScope scope(env.napi);
  bool pairs = !env.roots.empty() && sweep_singles(env);
  if (pairs || due) sweep_through_both(env, pairs || many, args[0]);
  return js::undefined(env.napi);
}

}  // namespace caduceus::bridge
