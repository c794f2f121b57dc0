// Calls that JavaScript does not wait for: to the pool, and back in batches.
#include "bridge/exports.hpp"
#include "bridge/flight.hpp"
#include "bridge/js_object.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Any thread. `attached` tells whether this one is; if not, the owner lets go of the context later.
void drop_snapshot(Env& env, Snapshot* snapshot, bool attached) {
  if (!snapshot || snapshot->users.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  if (attached) {
    api.Py_DecRef(snapshot->context);
  } else {
    env.late.push_back(snapshot->context);
  }
  delete snapshot;
}

// Owner thread, attached.
void release_late(Env& env) {
  std::vector<PyObject*> late;
  late.swap(env.late);
  for (PyObject* object : late) api.Py_DecRef(object);
}

// Owner thread. The copy of this thread's context that calls made now share: a new one only if Python code
// has run here since. False: an exception is pending, or Python has ended.
bool take_snapshot(Env& env) {
  py::Thread* thread = env.thread;
  // Inside a call from Python the context is that call's.
  bool outside = !thread->attached && thread->callbacks == 0;
  if (env.snapshot && outside && env.snapshot_at == thread->operations) return true;
  {
    py::Attached attached(env.thread);
    if (!attached) return false;
    release_late(env);
    PyObject* context = api.PyContext_CopyCurrent();
    if (!context) return false;
    drop_snapshot(env, std::exchange(env.snapshot, new Snapshot{context}), true);
  }
  env.snapshot_at = outside ? thread->operations : thread->operations - 1;
  return true;
}

// What this thread of the pool calls now.
thread_local Flight* current = nullptr;

// Attached: a thread of the pool takes its own references. The handle's stays meanwhile, since it is pinned.
void begin(py::Job* job) {
  auto* flight = static_cast<Flight*>(job);
  api.Py_IncRef(flight->callable);
  if (flight->self) api.Py_IncRef(flight->self);
}

PyObject* call_with_scalars(Flight* flight) {
  PyObject* stack[Flight::kMostScalars + 2] = {};
  size_t count = flight->self ? 1 : 0;
  stack[1] = flight->self;
  PyObject* result = nullptr;
  bool made = true;
  for (size_t i = 0; i < flight->count && made; ++i) {
    made = (stack[count + 1] = scalar_to_object(flight->scalars[i])) != nullptr;
    if (made) ++count;
  }
  if (made) {
    result =
        api.PyObject_Vectorcall(flight->callable, stack + 1, count | py::kVectorcallArgumentsOffset, nullptr);
  }
  for (size_t i = flight->self ? 2 : 1; i <= count; ++i) api.Py_DecRef(stack[i]);
  return result;
}

PyObject* call_with_objects(Flight* flight) {
  std::vector<PyObject*> arguments;
  arguments.reserve(flight->objects.size() + 1);
  if (flight->self) arguments.push_back(flight->self);
  for (Ref& object : flight->objects) arguments.push_back(object.get());
  if (flight->keywords) return keyword_call(flight->callable, arguments, flight->keywords).release();
  return api.PyObject_Vectorcall(flight->callable, arguments.data(), arguments.size(), nullptr);
}

// Attached, on a thread of the pool, in a copy of the context of where the call was made.
void call(py::Job* job) {
  auto* flight = static_cast<Flight*>(job);
  PyObject* context = api.PyContext_Copy(flight->snapshot->context);
  bool entered = context && api.PyContext_Enter(context) == 0;
  if (entered) {
    current = flight;
    flight->result = flight->objects.empty() ? call_with_scalars(flight) : call_with_objects(flight);
  }
  current = nullptr;
  flight->failed = !flight->result;
  if (flight->failed) flight->result = py::take_error().release();
  if (entered && api.PyContext_Exit(context) < 0) api.PyErr_WriteUnraisable(context);
  if (context) api.Py_DecRef(context);
}

// Attached, any thread, once: the environment has ended, or the flight never began there.
void discard(Flight* flight) {
  Env* env = flight->env;
  if (flight->result) api.Py_DecRef(flight->result);
  drop_snapshot(*env, flight->snapshot, true);
  delete flight;
  let_go(env);
}

// Attached, on a thread of the pool.
void answer(py::Job* job) {
  auto* flight = static_cast<Flight*>(job);
  Env& env = *flight->env;
  if (!flight->loop_number) {
    api.Py_DecRef(flight->callable);
    if (flight->self) api.Py_DecRef(flight->self);
  }
  // With the GIL any thread frees what another has made.
  if (!py::layout.free_threaded) flight->objects.clear();
  // A scalar leaves its object here, where it was made.
  if (!flight->failed && scalar_of_object(flight->result, &flight->scalar)) {
    api.Py_DecRef(std::exchange(flight->result, nullptr));
  }
  bool post = false;
  {
    std::unique_lock lock(env.answers_lock);
    if (!env.answers_open) {
      lock.unlock();
      return discard(flight);
    }
    (env.first_answer ? env.last_answer->next_answer : env.first_answer) = flight;
    env.last_answer = flight;
    env.answered.store(true, std::memory_order_release);
    post = !env.polling && !std::exchange(env.answers_posted, true);
    if (post) keep(&env);  // the flight's own count may be gone before this thread goes on
  }
  if (!post) return;
  [[maybe_unused]] bool ended = !js::post(env, &env.answers_task);
  let_go(&env);
}

// Owner thread: one wake-up for all answers that have come by now.
void deliver(js::Task* task, bool refused) {
  Env& env = *static_cast<Env::Answers*>(task)->env;
  {
    std::lock_guard lock(env.answers_lock);
    env.answers_posted = false;
  }
  if (refused) return;
  js::HandleScope scope(env.napi);
  py::Detached detached(env.thread);  // from inside a Python call that blocks this thread
  js::call(env.napi, js::undefined(env.napi), env.factory(js::kSettle), 0, nullptr);
}

// Owner thread. The flight has a number and its pins from here on.
void take_off(Env& env, Flight* flight) {
  if (env.flights.size() <= flight->number) env.flights.resize(flight->number + 1);
  env.flights[flight->number] = flight;
  pin_handle(env, flight->handle);
  if (flight->self_handle) pin_handle(env, flight->self_handle);
  if (env.in_flight++ == 0) napi_ref_threadsafe_function(env.napi, env.wake);
}

// Owner thread, attached if anything that it holds was released or needs Python.
void land(Env& env, Flight* flight) {
  env.flights[flight->number] = nullptr;
  unpin_handle(env, flight->handle);
  if (flight->self_handle) unpin_handle(env, flight->self_handle);
  drop_snapshot(env, flight->snapshot, py::Thread::peek() && py::Thread::peek()->attached);
  delete flight;
  let_go(&env);
  if (--env.in_flight == 0) napi_unref_threadsafe_function(env.napi, env.wake);
}

// Owner thread, attached or not. A proxy for an object of a kind that is known here, which takes over the
// reference; null if that needs Python. So a thread of the pool that computes does not hold up the event
// loop.
napi_value take_known(Env& env, Flight* flight) {
  PyObject* type = py::type_of(flight->result);
  if (type == api.PyLong_Type || type == api.PyUnicode_Type || type == api.PyFloat_Type ||
      type == api.PyBytes_Type || env.live_handles >= env.next_sweep) {
    return nullptr;
  }
  auto* entry = env.kinds.find(reinterpret_cast<uint64_t>(type));
  if (!entry || (entry->value & (kScalar | kJsObject | kJsError | kUndefined))) return nullptr;
  if (env.codecs) {
    auto* codec = env.codec_types.find(reinterpret_cast<uint64_t>(type));
    if (!codec || codec->value) return nullptr;
  }
  PyObject* object = std::exchange(flight->result, nullptr);
  bool error;
  if (napi_value proxy = existing_proxy(env, object, &error)) {
    env.late.push_back(object);
    return error ? known(env, js::kErrorValue, proxy) : proxy;
  }
  auto kind = static_cast<int32_t>(entry->value);
  return env.result(js::kWrapped, static_cast<int32_t>(new_handle(env, Ref::steal(object))), kind);
}

// Owner thread. Whether letting go of what was called needs Python: it was disposed of meanwhile.
bool unpins_last(Env& env, Flight* flight) {
  auto released = [&](uint32_t handle) { return handle && env.handles[handle].released; };
  return released(flight->handle) || released(flight->self_handle);
}

// (number, handle, handle of self or 0, most threads): a flight for what the handles stand for; null with the
// answer in `answer`
Flight* prepare(Env& env, const js::Arguments& args, napi_value* answer) {
  if (py::closing.load(std::memory_order_relaxed) || !env.thread) {
    *answer = refused(env, py::Entry::kClosed);
    return nullptr;
  }
  if (env.thread->barred) {
    *answer = refused(env, py::Entry::kBarred);
    return nullptr;
  }
  uint32_t handle = handle_argument(env, args[1]), self = handle_argument(env, args[2]);
  PyObject *callable = object_of(env, handle), *owner = self ? object_of(env, self) : nullptr;
  if (!callable || (self && !owner)) {
    *answer = env.result(js::kRefused, js::kReleasedHandle);
    return nullptr;
  }
  if (!py::pool_begun.load(std::memory_order_relaxed)) {
    py::Attached attached(env.thread);
    if (!attached) {
      *answer = refused(env, attached.entry);
      return nullptr;
    }
    PyObject* start = helper(kStartThread);
    if (!start || !py::begin_pool(start, js::to_int(env.napi, args[3]))) {
      *answer = raised(env);
      return nullptr;
    }
  }
  if (!take_snapshot(env)) {
    py::Attached attached(env.thread);
    *answer = attached ? raised(env) : refused(env, attached.entry);
    return nullptr;
  }
  auto* flight = new Flight;
  flight->begin = begin;
  flight->call = call;
  flight->answer = bridge::answer;
  flight->env = &env;
  flight->number = handle_argument(env, args[0]);
  flight->handle = handle;
  flight->self_handle = self;
  flight->callable = callable;
  flight->self = owner;
  return flight;
}

napi_value send(Env& env, Flight* flight, bool on_loop) {
  flight->snapshot = env.snapshot;
  env.snapshot->users.fetch_add(1, std::memory_order_relaxed);
  keep(&env);
  take_off(env, flight);
  if (!on_loop ? py::submit(flight) : await_on_loop(flight)) return js::boolean(env.napi, true);
  land(env, flight);
  return on_loop ? raised(env) : env.result(js::kRefused, js::kClosedPython);
}

}  // namespace

// (number, handle, handle of self or 0, most threads, ...scalars): true
napi_value submit(Env& env, const js::Arguments& args) {
  napi_value answer = nullptr;
  Flight* flight = prepare(env, args, &answer);
  if (!flight) return answer;
  constexpr size_t kFirst = 4;
  flight->count = args.count - kFirst;
  for (size_t i = 0; i < flight->count; ++i) {
    napi_value value = args[kFirst + i];
    if (scalar_of_js(env, value, js::type_of(env.napi, value), &flight->scalars[i])) continue;
    delete flight;
    return js::boolean(env.napi, false);
  }
  return send(env, flight, false);
}

// (number, handle, handle of self or 0, most threads, code, size, values, keywords, on the loop): true
napi_value submit_program(Env& env, const js::Arguments& args) {
  napi_value answer = nullptr;
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  Flight* flight = prepare(env, args, &answer);
  if (!flight) return answer;
  // Building runs no code of the program's, so that what the handles stand for stays.
  void* code = nullptr;
  napi_get_typedarray_info(env.napi, args[4], nullptr, nullptr, &code, nullptr, nullptr);
  auto size = static_cast<size_t>(js::to_double(env.napi, args[5]));
  if (!build(env, static_cast<double*>(code), size, args[6], &flight->objects)) {
    delete flight;
    return raised(env);
  }
  flight->keywords = handle_argument(env, args[7]);
  bool on_loop = false;
  napi_get_value_bool(env.napi, args[8], &on_loop);
  return send(env, flight, on_loop);
}

// (): the next answer; the channel's word 6 has its number, -1 if there is none yet, -2 if this thread must
// attach first
napi_value next_answer(Env& env, const js::Arguments&) {
  constexpr int kNumber = 6, kNone = -1, kAttach = -2;
  Flight* flight = env.taken;
  if (!flight && env.answered.load(std::memory_order_acquire)) {
    std::lock_guard lock(env.answers_lock);
    flight = env.taken = std::exchange(env.first_answer, nullptr);
    env.last_answer = nullptr;
    env.answered.store(false, std::memory_order_relaxed);
  }
  env.out[0] = js::kUndefined;
  napi_value value = nullptr;
  bool unpins = flight && unpins_last(env, flight);
  if (flight && !unpins && flight->result && !flight->failed && flight->objects.empty()) {
    value = take_known(env, flight);
  }
  if (!flight || unpins || flight->needs_python()) {
    env.out[kNumber] = !flight ? kNone : kAttach;
    if (!flight || !env.thread->attached) return js::undefined(env.napi);
  }
  env.taken = flight->next_answer;
  auto number = static_cast<int32_t>(flight->number);
  if (value) {
    // taken already
  } else if (flight->failed) {
    py::raise(Ref::steal(std::exchange(flight->result, nullptr)));
    value = raised(env);
  } else if (flight->result) {
    value = take(env, Ref::steal(std::exchange(flight->result, nullptr)));
  } else {
    value = scalar_to_value(env, flight->scalar);
  }
  if (flight->needs_python()) {
    SetAside aside(env);  // what the arguments' destructors run
    flight->objects.clear();
    land(env, flight);
  } else {
    land(env, flight);
  }
  env.out[kNumber] = number;
  return value;
}

// (whether the owner looks by itself from now on): whether it does, and in the channel whether answers are
// there
napi_value poll_answers(Env& env, const js::Arguments& args) {
  bool polling = false;
  napi_get_value_bool(env.napi, args[0], &polling);
  polling = polling && !py::pool_is_here();
  std::lock_guard lock(env.answers_lock);
  env.polling = polling;
  env.out[1] = env.first_answer || env.taken;
  return js::boolean(env.napi, polling);
}

// (number): interrupts the call. True: it never began, and no answer comes
napi_value interrupt(Env& env, const js::Arguments& args) {
  uint32_t number = handle_argument(env, args[0]);
  Flight* flight = number < env.flights.size() ? env.flights[number] : nullptr;
  if (!flight) return js::boolean(env.napi, false);
  py::Attached attached(env.thread);
  if (!attached) return js::boolean(env.napi, false);
  if (flight->loop_number) {
    return cancel_on_loop(flight) ? js::boolean(env.napi, false) : raised(env);
  }
  if (py::revoke(flight) == py::Revoked::kNeverRuns) {
    flight->objects.clear();
    land(env, flight);
    return js::boolean(env.napi, true);
  }
  PyObject* exception = helper(kInterrupted);
  if (!exception) return raised(env);
  py::interrupt(flight, exception);
  return js::boolean(env.napi, false);
}

// ()
napi_value let_go_elsewhere(Env& env, const js::Arguments&) {
  py::let_pool_collect();
  return js::undefined(env.napi);
}

// (): Python has ended, and no answer comes any more
napi_value forget_flights(Env& env, const js::Arguments&) {
  {
    std::lock_guard lock(env.answers_lock);
    env.answers_open = false;
    env.taken = env.first_answer = nullptr;
    env.answered.store(false);
  }
  env.flights.clear();  // their threads let go of them now
  if (std::exchange(env.in_flight, 0) > 0) napi_unref_threadsafe_function(env.napi, env.wake);
  return js::undefined(env.napi);
}

Place place_in_pool(Env& env) {
  if (!current || current->env != &env) return {};
  return {current->number, 0, true};
}

bool is_in_flight(Env& env, const Place& place) {
  if (!place.known || place.number >= env.flights.size()) return false;
  Flight* flight = env.flights[place.number];
  return flight && flight->loop_number == place.loop_number;
}

void end_flights(Env& env, bool attached) {
  PyObject* exception = attached ? helper(kInterrupted) : nullptr;
  std::vector<Flight*> over;
  auto take_all = [&](Flight* list) {
    for (; list; list = list->next_answer) over.push_back(list);
  };
  {
    // Under the lock, since a thread of the pool that finds it closed deletes its flight.
    std::lock_guard lock(env.answers_lock);
    env.answers_open = false;
    take_all(std::exchange(env.taken, nullptr));
    take_all(std::exchange(env.first_answer, nullptr));
    for (Flight* flight : over) env.flights[flight->number] = nullptr;
    for (Flight* flight : env.flights) {
      if (!flight || !attached) continue;
      if (flight->loop_number) {
        if (recall_from_loop(flight)) over.push_back(flight);
        continue;
      }
      if (py::revoke(flight) == py::Revoked::kNeverRuns) {
        over.push_back(flight);
      } else if (exception) {
        py::interrupt(flight, exception);
      }
    }
  }
  if (!attached) return;
  env.flights.clear();
  for (Flight* flight : over) {
    if (flight->loop_number && !cancel_on_loop(flight)) api.PyErr_Clear();
    discard(flight);
  }
  drop_snapshot(env, std::exchange(env.snapshot, nullptr), true);
  release_late(env);
}

void open_flights(Env& env) {
  env.answers_task.run = deliver;
  env.answers_task.env = &env;
}

}  // namespace caduceus::bridge
