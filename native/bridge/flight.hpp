// A call on its way through the pool and back.
#pragma once

#include "bridge/scalar.hpp"
#include "py/pool.hpp"

namespace caduceus::bridge {

// The Python context that calls of one moment run in copies of. Counted by its flights and by the Env.
struct Snapshot {
  PyObject* context;  // owned
  std::atomic<int> users{1};
};

// Made by the owner's thread and touched by it alone, but from submit to answer, when it is the pool's.
struct Flight : py::Job {
  static constexpr size_t kMostScalars = 5;
  Env* env = nullptr;  // counted
  uint32_t number = 0;
  uint32_t handle = 0, self_handle = 0;  // pinned
  PyObject* callable = nullptr;          // of the handle; owned from `begin` on
  PyObject* self = nullptr;              // the same; may be null
  Snapshot* snapshot = nullptr;
  // Arguments: scalars, or objects that the owner's thread made and releases again.
  size_t count = 0;
  Scalar scalars[kMostScalars];
  std::vector<Ref> objects;
  size_t keywords = 0;
  uint64_t loop_number = 0;  // on the asyncio loop; 0: in the pool
  // The answer.
  bool failed = false;
  PyObject* result = nullptr;  // owned; null if it is the scalar
  Scalar scalar;
  Flight* next_answer = nullptr;

  // Whether reading the answer and letting go of the rest needs Python.
  bool needs_python() const { return result || !objects.empty(); }
};

// The call of JavaScript's that this thread carries out, if it is one of this Env's: pool threads know it by
// themselves, tasks of the loop by a context variable.
struct Place {
  uint32_t number = 0;
  uint64_t loop_number = 0;
  bool known = false;
};
// Attached, any thread.
Place place_in_pool(Env& env);
Place place_on_loop(Env& env);
// Owner thread: whether that call is still in flight.
bool is_in_flight(Env& env, const Place& place);

// loop.cpp, attached. Calls on the loop's thread and awaits the result there. False: an exception is pending.
[[nodiscard]] bool await_on_loop(Flight* flight);
[[nodiscard]] bool cancel_on_loop(Flight* flight);
// True: no answer will come, and the flight is the caller's.
[[nodiscard]] bool recall_from_loop(Flight* flight);

// call.cpp: positional arguments, then name, value, name, value
Ref keyword_call(PyObject* callable, std::vector<PyObject*>& arguments, size_t keywords);

}  // namespace caduceus::bridge
