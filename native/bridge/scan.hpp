// What JavaScript's references lead to in Python's heap, and what of it nothing else refers to.
#pragma once

#include <unordered_map>
#include <vector>

#include "bridge/env.hpp"

namespace caduceus::bridge {

// What JavaScript owns of it: a handle, or a root; and the JavaScript objects that it reaches through Python.
struct Keeper {
  uint32_t handle = 0;
  uint64_t root = 0;
  std::vector<uint64_t> reaches;
};

// How many references there are to an object: exact where this thread has made it, or no other thread runs.
long long references_to(PyObject* object);

class Scan {
 public:
  explicit Scan(Env& env) : env_(env) {}
  // Attached, owner thread. False: there is too much to look at, and nothing is known. `is_urgent`: it may
  // take longer each time that there was too much.
  [[nodiscard]] bool run(bool is_urgent);

  // By the ids of JavaScript's objects: those that Python reaches through JavaScript alone, and the others.
  std::vector<uint64_t> unreached, reached;
  std::vector<Keeper> keepers;

 private:
  struct Node {
    PyObject* object;
    long long references = 0;  // that were seen: from other nodes, and JavaScript's
    uint64_t link = 0;         // the id, if it refers to a JavaScript object
    bool is_reached = false;
    std::vector<uint32_t> to;
  };

  static int visit(PyObject* child, void* scan);
  static int in_stopped_world(PyObject*, void* scan);
  void look();
  void seed();
  void follow(size_t index);
  void spread();
  void list_keepers();
  [[nodiscard]] bool reach(uint32_t from, std::vector<uint64_t>* ids);
  // The node of an object that is worth looking at; -1 for others.
  int64_t node_of(PyObject* object);

  Env& env_;
  bool whole_ = true;
  std::vector<Node> nodes_;
  std::unordered_map<PyObject*, uint32_t> places_;
  std::vector<std::pair<uint32_t, Keeper>> owned_;
  size_t current_ = 0, steps_ = 0, limit_ = 0;
  PyObject *globals_ = nullptr,
           *builtins_ = nullptr;  // of the function that is looked at, which lead everywhere
};

}  // namespace caduceus::bridge
