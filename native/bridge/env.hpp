// What one JavaScript environment keeps of Python: handles, identity, names, kinds. Owner thread only unless
// said.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bridge/flat_map.hpp"
#include "bridge/root_table.hpp"
#include "js/env.hpp"
#include "py/attach.hpp"
#include "py/ref.hpp"

namespace caduceus::bridge {

using py::Ref;

// What TypeScript needs to know of an object's type; src/proxies/kind.ts and python/caduceus/_kinds.py name
// the bits.
enum Kind : uint32_t {
  kScalar = 1u << 0,      // numpy's scalars: converted to their Python kin
  kJsObject = 1u << 1,    // a JavaScript object coming home
  kJsError = 1u << 2,     // a JavaScript error coming home
  kUndefined = 1u << 3,   // caduceus.undefined
  kCallable = 1u << 4,    // the other bits are for TypeScript
  kJsClass = 1u << 28,    // a JavaScript class coming home
  kReference = 1u << 29,  // caduceus.ref(x): x as it is, not copied
  kCallback = 1u << 30,   // not of the type: this function was given
};

// How a value crosses: given data is copied, taken is a reference.
enum class Rule : int32_t { kGiven, kTaken };

// One Python object that JavaScript holds. `weak` finds the proxy again while it is alive.
struct Handle {
  PyObject* object = nullptr;  // owned; null: free, or swept and waiting for its finalizer
  napi_ref weak = nullptr;
  uint32_t crossings = 0;  // how often the object came over; one dispose undoes one
  uint32_t next = 0;       // of the free list
  bool error = false;  // `weak` is the error that stands for an exception whose proxy nobody asked for yet
  // Calls in flight that borrow the object; released meanwhile, it goes when the last of them has come back.
  uint32_t pins = 0;
  bool released = false, forgotten = false;
  uint64_t root = 0;      // JavaScript's side of a pair is its proxy: the root's id
  bool mirrored = false;  // Env::reach knows what it reaches
};

// The first words of the channel are results; then Thread::unchanged, then what the encode factory says of
// one object: its mode (-1: a handle) and its number; the others count the changes of watched namespaces.
inline constexpr int kResultWords = 8, kUnchangedWord = 8, kOneWord = 9, kChannelWords = 256;

struct Env : js::Env {
  // Set when this Env first uses Python. Other threads read it under inbox_lock, while wake_open.
  py::Thread* thread = nullptr;
  // The Python call in which other threads have met the owner last, as Thread::inside counts. Under
  // inbox_lock.
  uint64_t long_call = 0;
  bool is_main = false;
  int worker = 0;  // its number, as JavaScript counts them; written before the Env is registered

  std::vector<Handle> handles{1};  // handle 0 is none
  uint32_t free_handle = 0;
  size_t live_handles = 0;
  int unreported = 0;  // handles made less handles released, of which V8 has not been told
  size_t next_sweep = 4096;
  FlatMap identity;  // PyObject* -> handle
  std::vector<uint32_t>
      error_handles;  // bound to errors, which have no finalizer: swept after each collection

  // A string on its way. Kept between strings, since a fresh buffer for each costs more than the copy; a very
  // long one's is given back.
  std::vector<char16_t> scratch;
  void trim_scratch() {
    if (scratch.size() > 4 << 20) scratch = {};
  }

  std::vector<PyObject*> names;  // interned, owned; index = what TypeScript passes

  // Names of attributes of JavaScript objects that TypeScript knows by their place here. A name takes a place
  // when it is met there twice in a row, and none while operations that were told a place are on their way.
  struct JsName {
    PyObject* name = nullptr;  // owned
    void* met = nullptr;       // the last that was not it; an address
  };
  std::vector<JsName> js_names;
  int told_names = 0;

  FlatMap kinds;  // type object (owned) -> Kind bits, and a number of the type's own above them
  uint32_t last_type = 0;
  // What tells the number of a type's codec, owned; null while no class has one. What it has told by now:
  // type (owned) -> number, 0: none.
  PyObject* codecs = nullptr;
  FlatMap codec_types;
  uint32_t codec_changes = 0;
  int next_word = kOneWord + 3;  // of the channel, free for a watch
  // The method that was read last. Borrowed: valid while TypeScript keeps it (src/proxies/method.ts).
  struct Method {
    PyObject *self = nullptr, *type = nullptr, *name = nullptr, *function = nullptr;
    uint32_t version = 0;  // of the type, in which the name means the function
    // Whether no other thread knew Python when this was looked at last, and how many of the host's had come
    // by then.
    bool alone = false;
    unsigned arrivals = 0;
    bool operator==(const Method&) const = default;
  } method;
  // Python objects made of this environment's JavaScript objects: id -> JsObject (borrowed). Under `js_lock`:
  // a JsObject that dies on another thread takes itself out. Held only for the look-up, never across a call
  // out.
  std::mutex js_lock;
  FlatMap js_objects;

  // Python's sides that wait for JavaScript's, whose constructor runs; innermost first, on the owner's stack.
  struct Building {
    PyObject* self;  // borrowed
    Building* outer;
  };
  Building* building = nullptr;
  RootTable roots;  // roots.cpp
  size_t next_root_sweep = 1000;
  // By handle or root: the ids of what it reaches through Python, whose links are weak. And of these all that
  // are not roots'.
  std::unordered_map<uint64_t, std::vector<uint64_t>> reach;
  std::vector<uint64_t> weakened;
  // When both heaps may be searched again: where it is urgent, and for the sake of a few objects.
  std::chrono::steady_clock::time_point next_scan, next_quiet_scan;
  size_t next_objects = 0;  // of JavaScript's that Python has, at which both heaps are searched
  size_t scan_limit = 0;    // how many objects the next search looks at; 0: as many as the first

  // ArrayBuffers over Python's memory, by their address (lifetime.cpp). Under `js_lock`.
  std::multimap<const void*, struct Lent*> lent;

  // Calls that run elsewhere, by the number that TypeScript gives them (async.cpp).
  std::vector<struct Flight*> flights;
  size_t in_flight = 0;
  struct Snapshot* snapshot = nullptr;  // of this thread's context
  unsigned snapshot_at = 0;             // Thread::operations when it was made
  std::vector<PyObject*> late;          // owned; released when this thread is attached next
  struct Flight* taken = nullptr;       // answers being read
  // What has come back. Under `answers_lock`, but for the hint that it is not empty.
  std::mutex answers_lock;
  struct Flight *first_answer = nullptr, *last_answer = nullptr;
  bool answers_open = true, answers_posted = false;
  bool polling = false;  // the owner looks by itself, and need not be woken
  std::atomic<bool> answered{false};
  // What Python awaits of this environment (promise.cpp): owned, null where the answer has come.
  struct Waiter {
    PyObject* waiter = nullptr;
    Rule rule{};
  };
  std::vector<Waiter> waiters;
  std::vector<size_t> free_waiters;
  struct Answers : js::Task {
    Env* env = nullptr;
  } answers_task;

  // What the operations on the owner's stack work on, innermost first. Written by the owner; finish looks at
  // it.
  std::atomic<class InUse*> in_use{nullptr};
};

// Keeps an object alive while an operation uses it: if its handle is released meanwhile, the handle's
// reference passes to the operation, and from one that ends to an outer one. Cheaper than a reference of its
// own for each operation. Owner thread, on the stack.
class InUse {
 public:
  InUse(Env& env, PyObject* object) : env_(env), outer_(innermost(env)), object_(object) {
    env.in_use.store(this, std::memory_order_relaxed);
  }
  ~InUse() {
    env_.in_use.store(outer_, std::memory_order_relaxed);
    if (owned_ && !take_over(env_, object_)) py::api.Py_DecRef(object_);
  }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;
  PyObject* object() const { return object_; }
  // Whether the object may go, and run its destructor, when this ends.
  bool last() const { return owned_; }
  static InUse* innermost(Env& env) { return env.in_use.load(std::memory_order_relaxed); }
  // Takes over the reference of a released handle, if an operation uses its object.
  static bool take_over(Env& env, PyObject* object) {
    for (InUse* at = innermost(env); at; at = at->outer_) {
      if (at->object_ == object && !at->owned_) return at->owned_ = true;
    }
    return false;
  }

 private:
  Env& env_;
  InUse* outer_;
  PyObject* object_;  // may be null
  bool owned_ = false;
};

// Functions of python/caduceus that native code calls, imported when they are first needed.
enum Helper : int {
  kClassify,
  kKin,
  kMakeError,
  kFromDate,
  kExpand,
  kIsMissing,
  kMessage,
  kTypeName,
  kIsWhole,
  kInterrupted,
  kStartThread,
  kBegin,
  kCancel,
  kBlocked,
  kKnownWaits,
  kJsLoopBlocked,
  kWait,
  kIterateLater,
  kEnterLater,
  kExitLater,
  kEnter,
  kLeave,
  kTerminated,
  kWaitsForLock,
  kGetSlice,
  kSetSlice,
  kSameMethod,
  kClassOf,
  kIsInstance,
  kAbout,
  kBind,
  kMark,
  kUnmark,
  kKeyboardInterrupted,
  kJsMember,
  kComplete,
  kCompleted,
  kExpose,
  kErrorMade,
  kHelperCount,
};
// Borrowed for the process's life; null with an exception pending.
PyObject* helper(Helper which);
// Attached. Empty with an exception pending.
template <typename... Arguments>
Ref call_helper(Helper which, Arguments... arguments) {
  PyObject* function = helper(which);
  if (!function) return {};
  PyObject* list[] = {arguments...};
  return Ref::steal(py::api.PyObject_Vectorcall(function, list, sizeof...(arguments), nullptr));
}

// Attached. Does work of ours that an interrupt of this thread must not keep from being done: it is done
// again then, and the interrupt comes to the Python code that this thread runs next. Empty with an exception
// pending: code that is interrupted each time interrupts itself.
template <typename Work>
Ref undisturbed(Work work) {
  constexpr int kAttempts = 10;
  Ref interrupt;
  for (int attempt = 1;; ++attempt) {
    Ref done = work();
    PyObject* raised = done ? nullptr : py::api.PyErr_Occurred();
    if (!raised || attempt == kAttempts ||
        !py::api.PyErr_GivenExceptionMatches(raised, *py::api.PyExc_KeyboardInterrupt)) {
      if (interrupt) py::api.PyThreadState_SetAsyncExc(py::own_id(), interrupt.get());
      return done;
    }
    interrupt = Ref::copy(raised);
    py::api.PyErr_Clear();
  }
}

// handle.cpp
uint32_t new_handle(Env& env, Ref object);
// The handle of `object` if it has a live proxy, else 0.
uint32_t live_handle(Env& env, PyObject* object);
// An outcome that concerns an object which JavaScript holds already: the object lies in `texts` meanwhile,
// where no collection takes it.
napi_value known(Env& env, js::Outcome outcome, napi_value object);
// The live proxy of `object`, counted as one more crossing; null if there is none.
// `error`: it is the error that stands for it.
napi_value existing_proxy(Env& env, PyObject* object, bool* error);
// roots.cpp: Python is about to have the object, perhaps for good: its links are strong from now on.
void hold_handle(Env& env, uint32_t index);
inline PyObject* object_of(Env& env, uint32_t handle) {
  if (handle >= env.handles.size()) return nullptr;
  if (env.handles[handle].root || env.handles[handle].mirrored) [[unlikely]]
    hold_handle(env, handle);
  return env.handles[handle].object;
}
// Releases the handles of errors that were collected.
void sweep_errors(Env& env);
void release_handle(Env& env, uint32_t handle, bool forget);
// A call in flight begins, ends, to borrow the object. Unpinning: attached.
void pin_handle(Env& env, uint32_t handle);
void unpin_handle(Env& env, uint32_t handle);
uint64_t kind_and_type(Env& env, PyObject* type);
// Empties a map whose keys are types that it owns. Attached; anything may run then.
void forget_types(FlatMap& types);
inline uint32_t kind_of(Env& env, PyObject* type) { return static_cast<uint32_t>(kind_and_type(env, type)); }
// codec.cpp: the number of the codec that objects of the type have here; 0: none.
int32_t find_codec(Env& env, PyObject* type);
inline int32_t codec_of(Env& env, PyObject* type) { return env.codecs ? find_codec(env, type) : 0; }
// The answer that lets TypeScript convert `object`.
napi_value coded(Env& env, Ref object, int32_t codec);
// Attached.
void forget_codecs(Env& env);
// Releases everything that `env` holds of Python. Attached, and alone with the Env.
void release_all(Env& env);
void release_every_env();
void close_every_inbox();
// Any thread. False: the process's main thread has no Env, or it has ended.
[[nodiscard]] bool post_to_main(js::Task* task);
// Any thread. The Env of the process's main thread, kept; null if it has none, or it has ended.
[[nodiscard]] Env* keep_main();
// A child of fork, in which there is no JavaScript.
[[nodiscard]] bool is_forked();
void register_env(Env* env);
// Any thread. Python code of the worker's thread ends, however long that takes.
void end_calls_of(int worker);
void unregister_env(Env* env);
void keep(Env* env);
void let_go(Env* env);
// call.cpp: a proxy even of what comes over as a value: the way to hold a Python value unconverted.
napi_value hold(Env& env, Ref object);
// share.cpp: takes back what an Env has shared, or all. Attached.
void end_shares(Env* env);
// hop.cpp: which Envs the calling thread serves
Env* env_here();  // one of them, or null
void begin_here(Env* env);
void end_here(Env* env);
// lifetime.cpp: what keeps Python's memory alive that an ArrayBuffer at this address lends; null if it is not
// Python's
std::shared_ptr<void> lent_memory(Env& env, const void* data);
// Lets go of what the environment's ArrayBuffers have of Python's memory. Attached, when its JavaScript has
// ended.
void end_lent(Env& env);
// watch.cpp: before the channel goes
void forget_watches(Env& env);
// async.cpp
void open_flights(Env& env);
// Before what the environment holds is released.
void end_flights(Env& env, bool attached);
// promise.cpp: tells those who wait that no answer comes. Attached.
void end_waiters(Env& env);
// Says in the channel that nothing has changed since a method was read, where that can be known.
inline void mark_unchanged(Env& env) {
  // Another copy of this library enters Python unseen.
  if (py::several_copies.load(std::memory_order_relaxed)) return;
  env.out[kUnchangedWord] = 1;
  env.thread->unchanged = &env.out[kUnchangedWord];
}
// session.cpp: what the environment's end hook runs
void end(Env& env);

// to_js.cpp: a result ("taken"). `undefined` with the result channel set where a proxy is to be made.
// `converts`: by a codec, if its class has one.
napi_value take(Env& env, Ref value, bool converts = true);
// The same where no caller can look at the channel: calls the wrap factory. Null: a JavaScript exception is
// pending.
napi_value take_wrapped(Env& env, Ref value, uint32_t extra_kind = 0);
napi_value text_to_js(Env& env, PyObject* text);
napi_value wide_to_js(Env& env, const uint32_t* data, size_t size);
// Reports the pending Python exception through the result channel (or rethrows the JavaScript error it
// carries).
napi_value raised(Env& env);
napi_value refused(Env& env, py::Entry entry);

// An argument or callback result on its way to JavaScript: given data copied deeply. Null: an exception is
// pending in Python.
napi_value give_js(Env& env, PyObject* object);

// flatten.cpp: given data. Deep; null: an exception is pending in Python.
enum class Depth { kGiven, kAll };
napi_value flatten(Env& env, PyObject* object, Depth depth);

// to_python.cpp
Ref number_to_python(double value);
Ref units_to_python(const char16_t* data, size_t size);
Ref text_to_python(Env& env, napi_value text);
// What the channel describes, which `value` is: one object that goes by reference.
Ref described_to_python(Env& env, napi_value value);
inline uint64_t described_id(Env& env) {
  const int32_t* one = env.out + kOneWord;
  return uint64_t{static_cast<uint32_t>(one[2])} << 32 | static_cast<uint32_t>(one[1]);
}
// A scalar; empty without an exception pending for anything else.
Ref scalar_to_python(Env& env, napi_value value);
// Runs a program made by src/values/encoder.ts. False: a Python exception is pending.
bool build(Env& env, const double* code, size_t size, napi_value values, std::vector<Ref>* made);
// The same of [code, size, values], as the encoder answers.
bool build_all(Env& env, napi_value program, std::vector<Ref>* made);
// Any JavaScript value: a scalar in place, else through the encode factory.
Ref to_python(Env& env, napi_value value, Rule rule);

// roots.cpp
// The same for what stands for a JavaScript object, which is handed over.
void hold_object(Env& env, PyObject* object);
void hold_link(Env& env, PyObject* link);
void add_root(Env& env, uint64_t id, PyObject* object, PyObject* link, bool owned);
// JavaScript's side of a handle has gone. Attached.
void drop_sides(Env& env, uint32_t index);
// JavaScript's sides let go of Python's. Attached.
void end_roots(Env& env);

// js_object.cpp
void raise_closed();
// How a JavaScript object behaves in Python: src/values/encoder.ts chooses.
enum class Mode : int32_t {
  kCallback,
  kCall,
  kConstruct,
  kObject,
  kIterator,
  kBuffer,
  kPromise,
  kTakenPromise,
  kAsyncIterable,
  kAsyncDisposable,
  kDisposable,
  kArray,
  kMap,
  kSet
};
// Where src/values/opcodes.ts puts the number of a function's declaration.
constexpr int32_t kDeclared = 16;
// Arrays, maps, sets and memory.
inline bool is_collection(Mode mode) { return mode == Mode::kBuffer || mode >= Mode::kArray; }
// `declared`: the number of a function's declaration, or 0.
Ref js_object(Env& env, napi_value object, uint64_t id, Mode mode, PyObject* self = nullptr,
              int32_t declared = 0);
bool define_js_types(PyObject* module);
// The JavaScript value of a JsObject or JsError; null if it belongs to another Env.
napi_value js_value_of(Env& env, PyObject* object, uint32_t kind);
// Raises the pending JavaScript exception as a JsError (or as the Python exception that it carries).
void raise_thrown(Env& env);

}  // namespace caduceus::bridge
