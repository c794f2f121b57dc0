// An owned reference to a Python object.
#pragma once

#include <utility>

#include "py/api.hpp"

namespace caduceus::py {

// Owns one reference. Made, copied and destroyed only while attached. A raw PyObject* parameter is borrowed.
class Ref {
 public:
  Ref() = default;
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) api.Py_DecRef(object_);
  }

  static Ref steal(PyObject* object) {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  static Ref copy(PyObject* object) {
    if (object) api.Py_IncRef(object);
    return steal(object);
  }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

// A tuple of these; empty with an exception pending.
inline Ref tuple_of(PyObject* const* objects, size_t count) {
  Ref tuple = Ref::steal(api.PyTuple_New(static_cast<Py_ssize_t>(count)));
  for (size_t i = 0; tuple && i < count; ++i) {
    api.Py_IncRef(objects[i]);
    api.PyTuple_SetItem(tuple.get(), static_cast<Py_ssize_t>(i), objects[i]);
  }
  return tuple;
}

}  // namespace caduceus::py
