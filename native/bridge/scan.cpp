#include "bridge/scan.hpp"

#include <algorithm>

#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// The first limit is some 30 ms' work. A search that was too long is given twice as much the next time, which
// is later.
constexpr size_t kFirstLimit = 100'000, kLastLimit = 4'000'000, kLastQuietLimit = 400'000, kStepsPerNode = 10;

// What is not looked into: it leads everywhere, or does not show all that it refers to. What refers to an
// object from there counts as Python.
bool is_closed(PyObject* type) {
  for (PyObject* one :
       {api.PyModule_Type, api.PyGen_Type, api.PyCoro_Type, api.PyAsyncGen_Type, api.PyFrame_Type}) {
    if (type == one) return true;
  }
  return api.PyType_IsSubtype(type, api.PyType_Type);
}

long long count_of(PyObject* object) {
  return api.Py_REFCNT ? static_cast<long long>(api.Py_REFCNT(object)) : references_to(object);
}

}  // namespace

long long references_to(PyObject* object) {
  if (api.Py_REFCNT) return static_cast<long long>(api.Py_REFCNT(object));
  static std::atomic<PyObject*> known{nullptr};
  PyObject* function = known.load();
  if (!function) {
    Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("sys", 3));
    Ref module = Ref::steal(name ? api.PyObject_GetItem(api.PyImport_GetModuleDict(), name.get()) : nullptr);
    function = module ? api.PyObject_GetAttrString(module.get(), "getrefcount") : nullptr;
    known.store(function);
  }
  Ref count = Ref::steal(function ? api.PyObject_Vectorcall(function, &object, 1, nullptr) : nullptr);
  int overflow = 0;
  if (count) return api.PyLong_AsLongLongAndOverflow(count.get(), &overflow);
  api.PyErr_Clear();
  return 1LL << 62;  // as good as held by Python
}

bool Scan::run(bool is_urgent) {
  size_t most = is_urgent ? kLastLimit : kLastQuietLimit;
  limit_ = env_.scan_limit ? std::min(env_.scan_limit, most) : kFirstLimit;
  if (py::layout.free_threaded) {
    // Where no other thread runs, and counts are exact.
    api.PyUnstable_GC_VisitObjects(in_stopped_world, this);
  } else {
    look();
  }
  env_.scan_limit = whole_ ? 0 : std::min(2 * limit_, most);
  return whole_;
}

int Scan::in_stopped_world(PyObject*, void* scan) {
  static_cast<Scan*>(scan)->look();
  return 0;  // that was all
}

void Scan::look() {
  seed();
  for (current_ = 0; whole_ && current_ < nodes_.size(); ++current_) follow(current_);
  if (!whole_) return;
  spread();
  list_keepers();
  for (Node& node : nodes_) {
    if (node.link) (node.is_reached ? reached : unreached).push_back(node.link);
  }
}

void Scan::seed() {
  for (uint32_t index = 1; index < env_.handles.size(); ++index) {
    PyObject* object = env_.handles[index].object;
    int64_t at = object ? node_of(object) : -1;
    if (at < 0) continue;
    ++nodes_[static_cast<size_t>(at)].references;
    owned_.push_back({static_cast<uint32_t>(at), Keeper{index, 0, {}}});
  }
  for (Root& root : env_.roots) {
    int64_t at = node_of(root.kept());
    if (at < 0) continue;
    ++nodes_[static_cast<size_t>(at)].references;
    nodes_[static_cast<size_t>(at)].link = root.id;
    owned_.push_back({static_cast<uint32_t>(at), Keeper{0, root.id, {}}});
  }
}

int64_t Scan::node_of(PyObject* object) {
  auto found = places_.find(object);
  if (found != places_.end()) return found->second;
  PyObject* type = py::type_of(object);
  if (!api.PyObject_GC_IsTracked(object) || is_closed(type)) return -1;
  if (nodes_.size() >= limit_) {
    whole_ = false;
    return -1;
  }
  auto at = static_cast<uint32_t>(nodes_.size());
  places_.emplace(object, at);
  nodes_.push_back({object, 0, 0, false, {}});
  if (has_fields(object)) {
    JsFields* fields = fields_of(object);
    if (fields->env == &env_ && fields->reference) nodes_[at].link = fields->id;
  }
  return at;
}

void Scan::follow(size_t index) {
  PyObject* object = nodes_[index].object;
  PyObject* type = py::type_of(object);
  globals_ = type == api.PyFunction_Type ? api.PyFunction_GetGlobals(object) : nullptr;
  auto traverse = reinterpret_cast<int (*)(PyObject*, int (*)(PyObject*, void*), void*)>(
      api.PyType_GetSlot(type, py::kTpTraverse));
  if (traverse) traverse(object, visit, this);
}

int Scan::visit(PyObject* child, void* argument) {
  auto& scan = *static_cast<Scan*>(argument);
  if (child == scan.globals_ || !scan.whole_) return 0;
  int64_t at = scan.node_of(child);
  if (at < 0) return 0;
  ++scan.nodes_[static_cast<size_t>(at)].references;
  scan.nodes_[scan.current_].to.push_back(static_cast<uint32_t>(at));
  return 0;
}

// What has more references than were seen is Python's, and all that it leads to.
void Scan::spread() {
  std::vector<uint32_t> open;
  for (uint32_t at = 0; at < nodes_.size(); ++at) {
    Node& node = nodes_[at];
    if (count_of(node.object) <= node.references) continue;
    node.is_reached = true;
    open.push_back(at);
  }
  while (!open.empty()) {
    uint32_t at = open.back();
    open.pop_back();
    for (uint32_t next : nodes_[at].to) {
      if (std::exchange(nodes_[next].is_reached, true)) continue;
      open.push_back(next);
    }
  }
}

void Scan::list_keepers() {
  for (auto& [at, keeper] : owned_) {
    if (nodes_[at].is_reached) continue;
    if (!reach(at, &keeper.reaches)) {
      whole_ = false;
      return;
    }
    if (!keeper.reaches.empty()) keepers.push_back(std::move(keeper));
  }
}

bool Scan::reach(uint32_t from, std::vector<uint64_t>* ids) {
  std::vector<uint32_t> open{from};
  std::unordered_map<uint32_t, bool> seen{{from, true}};
  while (!open.empty()) {
    uint32_t at = open.back();
    open.pop_back();
    if (nodes_[at].link) ids->push_back(nodes_[at].link);
    for (uint32_t next : nodes_[at].to) {
      if (++steps_ > limit_ * kStepsPerNode) return false;
      if (!nodes_[next].is_reached && seen.emplace(next, true).second) open.push_back(next);
    }
  }
  return true;
}

}  // namespace caduceus::bridge
