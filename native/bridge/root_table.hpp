// Objects with a side in each language, by the id of JavaScript's: close together, since each sweep looks at
// all.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bridge/flat_map.hpp"

struct PyObject;

namespace caduceus::bridge {

// `link` is what refers to JavaScript's side.
struct Root {
  uint64_t id = 0;
  PyObject *object = nullptr, *link = nullptr;
  bool owned = false;  // the object is; else the link, and the object by its handle
  bool deep = false;   // the link is weak though Python refers to the object: through JavaScript alone
  PyObject* kept() const { return owned ? object : link; }
};

class RootTable {
 public:
  Root* find(uint64_t id) {
    auto* place = places_.find(id);
    return place ? &roots_[place->value] : nullptr;
  }
  // False: there is one of that id.
  [[nodiscard]] bool add(const Root& root) {
    if (places_.find(root.id)) return false;
    places_.set(root.id, roots_.size());
    roots_.push_back(root);
    return true;
  }
  void erase(uint64_t id) {
    auto* place = places_.find(id);
    if (!place) return;
    Root& hole = roots_[place->value];
    if (hole.id != roots_.back().id) {
      hole = roots_.back();
      places_.set(hole.id, place->value);
    }
    roots_.pop_back();
    places_.erase(id);
  }
  size_t size() const { return roots_.size(); }
  bool empty() const { return roots_.empty(); }
  auto begin() { return roots_.begin(); }
  auto end() { return roots_.end(); }
  std::vector<Root> take() {
    places_.take();
    return std::exchange(roots_, {});
  }

 private:
  std::vector<Root> roots_;
  FlatMap places_;
};

}  // namespace caduceus::bridge
