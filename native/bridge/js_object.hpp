// The Python object that stands for a JavaScript object: its fields, and running on the thread that owns it.
#pragma once

#include <functional>

#include "bridge/env.hpp"
#include "js/memory_share.hpp"

namespace caduceus::bridge {

// The memory of a buffer and what it holds, as Python looks at it.
struct SeenMemory {
  void* data;
  size_t size;  // bytes
  const char* format;
  int itemsize;
};

// Behind the object head, whose size is measured. Written once when made; `reference`, `share` and `self` are
// emptied by the one dealloc.
struct JsFields {
  Env* env;            // counted
  napi_ref reference;  // strong; deleted by the owner
  uint64_t id;         // of the JavaScript object, unique in its Env
  Mode mode;
  int32_t declared;  // the number of a function's declaration for Python, or 0
  PyObject* self;    // owned: the object a method was read from, its `this`; may be null
  PyObject* (*vectorcall)(PyObject*, PyObject* const*, size_t, PyObject*);
  PyObject* weak_references;  // Python's own
  // Owned; made when Python first looks at the memory of a buffer, which outlives JavaScript's buffer then.
  // May be null.
  js::MemoryShare* share;
  SeenMemory seen;
  // Of a Python class that extends a JavaScript one; `env` is null until JavaScript's side is made.
  bool derived;
  bool weak;   // `reference` is; of the owner's thread
  bool early;  // its attributes in Python may have been set before that
  // The memory stays where it is and as large, and `share` and `seen` what they are. Set by the owner, read
  // anywhere.
  std::atomic<bool> in_place;
};

inline JsFields* fields_of(PyObject* object) {
  return reinterpret_cast<JsFields*>(reinterpret_cast<char*>(object) + py::layout.head_size);
}

// Runs `work` attached on the thread that owns `env`: at once if this is it, else through its inbox while
// this thread waits detached. Returns what `work` returned; null with an exception pending.
PyObject* on_owner(Env& env, const std::function<PyObject*()>& work);
// On an owner's thread inside the Python call that blocks it: runs what other threads wait for. The first is
// called attached, the second detached.
void serve_inboxes();
void read_inboxes();
// Attached. Does what a signal asks of this thread. False: a KeyboardInterrupt is raised.
[[nodiscard]] bool answer_signals();
// As the first; on Python's main thread also what signals ask for. False: a KeyboardInterrupt is raised.
[[nodiscard]] bool serve_thread();

// Null where a derived object's JavaScript side was collected.
napi_value value_of(Env& env, JsFields* fields);
void raise_collected();

// What an operation does is decided by the operate factory; src/proxies/js-operations.ts has the same list.
enum JsOperation : int {
  kGet,
  kSet,
  kDelete,
  kGetItem,
  kSetItem,
  kDeleteItem,
  kLength,
  kContains,
  kIterate,
  kNext,
  kRepr,
  kDir,
  kTruth,
  kKeepInPlace,
  kAssign,
  kNameIt,
  kItems
};
// js_operate.cpp: one operation, on the owner thread, attached. `first` and `second` are borrowed Python
// arguments, or null.
PyObject* operate(Env& env, JsOperation operation, PyObject* self, PyObject* first, PyObject* second);
// As many as may be read early, the first in any case; none at the array's end. False: an exception is
// pending.
[[nodiscard]] bool read_items(Env& env, PyObject* array, uint32_t index, uint32_t count,
                              std::vector<Ref>* made);
// The same on any thread. Null without an exception pending: the operation found nothing (no such property,
// end of iteration).
PyObject* run(JsOperation operation, PyObject* self, PyObject* first = nullptr, PyObject* second = nullptr);

// Sets aside what an unfinished operation of this thread has already said (its words in the channel, its
// error's message, a JavaScript exception on its way) while Python runs JavaScript: destructors run after the
// result was made. Owner thread, inside a handle scope.
class SetAside {
 public:
  explicit SetAside(Env& env);
  ~SetAside();
  SetAside(const SetAside&) = delete;
  SetAside& operator=(const SetAside&) = delete;

 private:
  Env& env_;
  int32_t words_[kResultWords];
  napi_value texts_ = nullptr, message_ = nullptr, known_ = nullptr, thrown_ = nullptr;
};
// Owner thread. Makes the memory of a buffer stay where it is. False: an exception is pending.
bool keep_in_place(Env& env, PyObject* self);

// js_call.cpp
PyObject* call_js(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* names);

// js_function.cpp
// Whether an attribute is Python's own, whatever JavaScript has.
[[nodiscard]] bool is_dunder(PyObject* name);
// Such an attribute. A function has what inspect looks at, and what Python code sets.
PyObject* get_own(PyObject* self, PyObject* name, bool is_function);
int set_own(PyObject* self, PyObject* name, PyObject* value, bool is_function);
// call_js of a function that is declared for Python, which binds the arguments.
PyObject* call_declared(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* names);
// The arguments for JavaScript, a tuple. Empty with an exception pending.
Ref bind(PyObject* callable, PyObject* const* args, Py_ssize_t count, PyObject* options);
// Keyword arguments of a vectorcall as a dict.
Ref options_of(PyObject* const* values, PyObject* names);
PyObject* declaration(PyObject* function, PyObject*);
PyObject* documentation_of(PyObject* function, void*);
PyObject* function_of_class(PyObject* function, PyObject*, PyObject*);

// promise.cpp
PyObject* subscribe(PyObject* self, PyObject* args);
PyObject* await_promise(PyObject* self);
PyObject* iterate_later(PyObject* self);
PyObject* enter_later(PyObject* self, PyObject*);
PyObject* exit_later(PyObject* self, PyObject*);
PyObject* enter(PyObject* self, PyObject*);
PyObject* leave(PyObject* self, PyObject*);

// derived.cpp
// Whether the object has its JavaScript side, which is made if it must; false: an exception is pending.
[[nodiscard]] bool is_ready(PyObject* self);
PyObject* new_derived(PyObject* type, PyObject* args, PyObject* keywords);
PyObject* constructor(PyObject* function, PyObject* kind);
PyObject* waiting(PyObject* function, PyObject*);
PyObject* own(PyObject* link, PyObject* object);
PyObject* is_paired(PyObject* self, PyObject*);
PyObject* call_class(PyObject* kind, PyObject* args, PyObject* options);
// Python code gets an object's __dict__, which it may write to.
void note_early(PyObject* self, PyObject* name);
// Whether `object` is of one of our types or of a class that extends one, so that it has JsFields.
[[nodiscard]] bool has_fields(PyObject* object);
// Whether it is one of those that Python classes have for a base.
[[nodiscard]] bool is_own_type(PyObject* type);
PyObject* get_of_derived(PyObject* self, PyObject* name);
int set_of_derived(PyObject* self, PyObject* name, PyObject* value);

// js_object.cpp: the living Python object of a JavaScript object
Ref living(Env& env, uint64_t id);
// Lets it be found there, whose fields are filled in.
void make_known(Env& env, PyObject* object);

// js_items.cpp: an iterator over an array whose iteration is the usual one
PyObject* iterate_items(PyObject* array);
bool define_items(PyObject* module);

// host.cpp
PyObject* host(PyObject*, PyObject*);
PyObject* host_of(PyObject* self, PyObject*);  // that of the environment which the object belongs to

// js_buffer.cpp
int get_buffer(PyObject* self, Py_buffer* view, int flags);
void release_buffer(PyObject* self, Py_buffer* view);

}  // namespace caduceus::bridge
