// Calling Python: scalars in place, everything else by the encoder's program.
#include "bridge/exports.hpp"
#include "bridge/flight.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Converts scalar arguments behind one free place, which vectorcall may use. False: an exception is pending.
class Scalars {
 public:
  ~Scalars() {
    for (size_t i = 1; i <= size_; ++i) api.Py_DecRef(objects_[i]);
  }
  // Those from `first` on.
  [[nodiscard]] bool add(Env& env, const js::Arguments& args, size_t first) {
    for (size_t i = first; i < args.count; ++i) {
      PyObject* object = scalar_to_python(env, args[i]).release();
      if (!object) return false;
      objects_[++size_] = object;
    }
    return true;
  }
  PyObject** data() { return objects_ + 1; }
  size_t size() const { return size_; }

 private:
  PyObject* objects_[js::Arguments::kMost + 1];
  size_t size_ = 0;
};

// What `run` does with the objects that its program makes; src/native/binding.ts has the same list.
enum Action : int {
  kCallAction,
  kSetAttribute,
  kGetItem,
  kSetItem,
  kDeleteItem,
  kContains,
  kMake,
  kIsInstance,
  kCallHeld
};

Ref act(Env& env, int action, PyObject* object, std::vector<PyObject*>& args, uint32_t extra) {
  switch (action) {
    case kCallAction:
    case kCallHeld:
      if (extra) return keyword_call(object, args, extra);
      return Ref::steal(api.PyObject_Vectorcall(object, args.data(), args.size(), nullptr));
    case kSetAttribute:
      return Ref::copy(api.PyObject_SetAttr(object, env.names[extra], args[0]) == 0 ? py::none() : nullptr);
    case kGetItem:
      return Ref::steal(api.PyObject_GetItem(object, args[0]));
    case kSetItem:
      return Ref::copy(api.PyObject_SetItem(object, args[0], args[1]) == 0 ? py::none() : nullptr);
    case kDeleteItem:
      return Ref::copy(api.PyObject_DelItem(object, args[0]) == 0 ? py::none() : nullptr);
    case kContains: {
      int found = api.PySequence_Contains(object, args[0]);
      return found < 0 ? Ref() : Ref::steal(api.PyBool_FromLong(found));
    }
    default: {
      int is = api.PyObject_IsInstance(args[0], object);
      return is < 0 ? Ref() : Ref::steal(api.PyBool_FromLong(is));
    }
  }
}

}  // namespace

napi_value hold(Env& env, Ref object) {
  bool error;
  napi_value proxy = existing_proxy(env, object.get(), &error);
  if (proxy && error) return known(env, js::kErrorValue, proxy);
  if (proxy) return proxy;
  auto kind = static_cast<int32_t>(kind_of(env, py::type_of(object.get())));
  return env.result(js::kWrapped, static_cast<int32_t>(new_handle(env, std::move(object))), kind);
}

Ref keyword_call(PyObject* callable, std::vector<PyObject*>& arguments, size_t keywords) {
  // Keywords come as name, value, name, value behind the positional arguments.
  size_t positional = arguments.size() - 2 * keywords;
  Ref names = Ref::steal(api.PyTuple_New(static_cast<Py_ssize_t>(keywords)));
  if (!names) return {};
  for (size_t i = 0; i < keywords; ++i) {
    PyObject* name = arguments[positional + 2 * i];
    api.Py_IncRef(name);
    api.PyUnicode_InternInPlace(&name);
    api.PyTuple_SetItem(names.get(), static_cast<Py_ssize_t>(i), name);
    arguments[positional + i] = arguments[positional + 2 * i + 1];
  }
  return Ref::steal(api.PyObject_Vectorcall(callable, arguments.data(), positional, names.get()));
}

// (handle, ...scalars)
napi_value call(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  Scalars scalars;
  if (!scalars.add(env, args, 1)) return raised(env);
  return take(env,
              Ref::steal(api.PyObject_Vectorcall(operation.object(), scalars.data(),
                                                 scalars.size() | py::kVectorcallArgumentsOffset, nullptr)));
}

// (function handle, self handle, ...scalars): a method of a type with its instance
napi_value call_method(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  InUse self(env, object_of(env, handle_argument(env, args[1])));
  if (!self.object()) return env.result(js::kRefused, js::kReleasedHandle);
  Scalars scalars;
  if (!scalars.add(env, args, 2)) return raised(env);
  PyObject** data = scalars.data() - 1;
  data[0] = self.object();
  return take(env,
              Ref::steal(api.PyObject_Vectorcall(operation.object(), data, scalars.size() + 1, nullptr)));
}

// (function handle, self handle or 0, index of a tuple of names, ...scalars): the last of these have the
// names
napi_value call_named(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  uint32_t owner = handle_argument(env, args[1]);
  InUse self(env, owner ? object_of(env, owner) : nullptr);
  if (owner && !self.object()) return env.result(js::kRefused, js::kReleasedHandle);
  PyObject* names = env.names[handle_argument(env, args[2])];
  Scalars scalars;
  if (!scalars.add(env, args, 3)) return raised(env);
  size_t positional = scalars.size() - static_cast<size_t>(api.PyTuple_Size(names));
  PyObject** data = scalars.data();
  if (!owner) {
    positional |= py::kVectorcallArgumentsOffset;
  } else {
    *--data = self.object();
    ++positional;
  }
  return take(env, Ref::steal(api.PyObject_Vectorcall(operation.object(), data, positional, names)));
}

// As long as the type is what it was, the name means the method's function there.
bool same_type(const Env::Method& method) {
  PyObject* type = py::type_of(method.self);
  return type == method.type && py::version_of(type) == method.version;
}

// Whether reading the method again would find the same. Runs no Python code to find out: if the type is the
// same, only the object itself may have something else under the name.
bool still_there(const Env::Method& method) {
  if (!same_type(method)) return false;
  PyObject* found = nullptr;
  bool of_type = api._PyObject_GetMethod(method.self, method.name, &found) == 1;
  Ref value = Ref::steal(found);
  if (!value) api.PyErr_Clear();
  return of_type && found == method.function;
}

// Whether no other thread knows Python. Only one of the host could come from then on, which counts as it
// does.
bool alone(Env& env) {
  PyThreadState* own = env.thread->state;
  return api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Main()) == own &&
         !api.PyThreadState_Next(own);
}

// (...scalars): calls the method that was read last, which nothing has changed since and which TypeScript
// keeps with its object. Another thread may have replaced it: what its name means now is called. The channel
// says afterwards whether reading it again would find the same.
napi_value call_again(Env& env, const js::Arguments& args) {
  if (env.thread->unchanged != &env.out[kUnchangedWord]) return env.result(js::kRefused, js::kReleasedHandle);
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  if (env.mail.load(std::memory_order_relaxed)) js::delete_dropped(env);
  auto read = env.method;
  InUse self(env, read.self), function(env, read.function);
  napi_value answer;
  {
    Scalars scalars;
    if (!scalars.add(env, args, 0)) return raised(env);
    PyObject** data = scalars.data() - 1;
    data[0] = read.self;
    bool only = read.alone && read.arrivals == py::arrivals.load(std::memory_order_relaxed);
    bool same = only && same_type(read);
    const auto& call = same ? api.PyObject_Vectorcall : api.PyObject_VectorcallMethod;
    PyObject* callee = same ? read.function : read.name;
    answer = take(env, Ref::steal(call(callee, data, scalars.size() + 1, nullptr)));
  }
  // A callback may have read another one.
  bool kept = env.method == read && !self.last() && !function.last();
  if (kept && still_there(read)) {
    env.method.arrivals = py::arrivals.load(std::memory_order_relaxed);
    env.method.alone = alone(env);
    mark_unchanged(env);
  }
  return answer;
}

// (handle, action, code, size, values, extra[, self]): runs a program, then does the action with what it made
napi_value run(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  int action = js::to_int(env.napi, args[1]);
  void* code = nullptr;
  napi_get_typedarray_info(env.napi, args[2], nullptr, nullptr, &code, nullptr, nullptr);
  auto size = static_cast<size_t>(js::to_double(env.napi, args[3]));
  std::vector<Ref> made;
  if (!build(env, static_cast<double*>(code), size, args[4], &made)) return raised(env);
  if (action == kMake) return hold(env, std::move(made.at(0)));
  std::vector<PyObject*> arguments;
  arguments.reserve(made.size() + 1);
  Ref self = args.count > 6 ? Ref::copy(object_of(env, handle_argument(env, args[6]))) : Ref();
  if (self) arguments.push_back(self.get());
  for (Ref& object : made) arguments.push_back(object.get());
  Ref result = act(env, action, operation.object(), arguments, handle_argument(env, args[5]));
  return result && action == kCallHeld ? hold(env, std::move(result)) : take(env, std::move(result));
}

}  // namespace caduceus::bridge
