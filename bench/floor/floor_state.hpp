// What the floor keeps: its thread state, and the table of handles that JavaScript sees as integers.
#pragma once

#include <Python.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace floor_addon {

// Owns one reference. Every use but a move needs: attached.
class Ref {
 public:
  Ref() noexcept = default;
  explicit Ref(PyObject* owned) noexcept : object_(owned) {}
  Ref(Ref&& other) noexcept : object_(other.leak()) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { Py_XDECREF(object_); }

  [[nodiscard]] PyObject* get() const noexcept { return object_; }
  [[nodiscard]] PyObject* leak() noexcept { return std::exchange(object_, nullptr); }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

// All three belong to the one JavaScript thread that loads the floor, so they need no lock. The thread state
// is set while detached and null while attached.
inline PyThreadState* kept_state = nullptr;
inline std::vector<PyObject*> handles;
inline std::vector<uint32_t> vacant;

inline void attach() noexcept { PyEval_RestoreThread(std::exchange(kept_state, nullptr)); }
inline void detach() noexcept { kept_state = PyEval_SaveThread(); }

struct Attached {
  Attached() noexcept { attach(); }
  ~Attached() { detach(); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
};

struct Detached {
  Detached() noexcept { detach(); }
  ~Detached() { attach(); }
  Detached(const Detached&) = delete;
  Detached& operator=(const Detached&) = delete;
};

// The object behind a handle, borrowed, or null for a number that is no live handle.
[[nodiscard]] inline PyObject* object_of(uint32_t handle) noexcept {
  return handle < handles.size() ? handles[handle] : nullptr;
}

[[nodiscard]] inline uint32_t keep(Ref object) {
  if (vacant.empty()) {
    handles.push_back(object.leak());
    return static_cast<uint32_t>(handles.size() - 1);
  }
  const uint32_t handle = vacant.back();
  vacant.pop_back();
  handles[handle] = object.leak();
  return handle;
}

// Vacates the handle and gives its reference to the caller.
inline Ref take(uint32_t handle) {
  if (!object_of(handle)) return Ref();
  vacant.push_back(handle);
  return Ref(std::exchange(handles[handle], nullptr));
}

}  // namespace floor_addon
