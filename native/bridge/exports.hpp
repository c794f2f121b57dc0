// The native functions that TypeScript calls. Each gets its Env and its arguments; addon.cpp lists them all.
#pragma once

#include "bridge/env.hpp"

namespace caduceus::bridge {

using Export = napi_value (*)(Env& env, const js::Arguments& args);

// session.cpp: starting, ending, attach scopes, names
napi_value open(Env&, const js::Arguments&);
napi_value start(Env&, const js::Arguments&);
napi_value bootstrap(Env&, const js::Arguments&);
napi_value run_program(Env&, const js::Arguments&);
napi_value finish(Env&, const js::Arguments&);
napi_value state(Env&, const js::Arguments&);
napi_value watch_signals(Env&, const js::Arguments&);
napi_value intern(Env&, const js::Arguments&);
napi_value intern_tuple(Env&, const js::Arguments&);
napi_value attach(Env&, const js::Arguments&);
napi_value leave(Env&, const js::Arguments&);
napi_value detach(Env&, const js::Arguments&);
napi_value rejoin(Env&, const js::Arguments&);
napi_value interrupt_thread(Env&, const js::Arguments&);
napi_value name_worker(Env&, const js::Arguments&);
napi_value end_worker(Env&, const js::Arguments&);

// codec.cpp
napi_value use_codecs(Env&, const js::Arguments&);
napi_value depth(Env&, const js::Arguments&);

// object.cpp: operations on one object
napi_value get(Env&, const js::Arguments&);
napi_value get_member(Env&, const js::Arguments&);
napi_value get_real(Env&, const js::Arguments&);
napi_value get_text(Env&, const js::Arguments&);
napi_value get_index(Env&, const js::Arguments&);
napi_value has(Env&, const js::Arguments&);
napi_value remove(Env&, const js::Arguments&);
napi_value length(Env&, const js::Arguments&);
napi_value iterate(Env&, const js::Arguments&);
napi_value next(Env&, const js::Arguments&);
napi_value type_name(Env&, const js::Arguments&);
napi_value text(Env&, const js::Arguments&);
napi_value copy_out(Env&, const js::Arguments&);

// watch.cpp
napi_value watch(Env&, const js::Arguments&);
napi_value get_watched(Env&, const js::Arguments&);

// call.cpp
napi_value call(Env&, const js::Arguments&);
napi_value call_method(Env&, const js::Arguments&);
napi_value call_named(Env&, const js::Arguments&);
napi_value call_again(Env&, const js::Arguments&);
napi_value run(Env&, const js::Arguments&);

// async.cpp: calls that run elsewhere
napi_value submit(Env&, const js::Arguments&);
napi_value submit_program(Env&, const js::Arguments&);
napi_value next_answer(Env&, const js::Arguments&);
napi_value poll_answers(Env&, const js::Arguments&);
napi_value let_go_elsewhere(Env&, const js::Arguments&);
napi_value forget_flights(Env&, const js::Arguments&);
napi_value interrupt(Env&, const js::Arguments&);

// promise.cpp: what Python awaits
napi_value fulfil(Env&, const js::Arguments&);

// lifetime.cpp
napi_value bind(Env&, const js::Arguments&);
napi_value proxy_of(Env&, const js::Arguments&);
napi_value sweep_errors(Env&, const js::Arguments&);
napi_value dispose(Env&, const js::Arguments&);
napi_value release(Env&, const js::Arguments&);
napi_value share_buffer(Env&, const js::Arguments&);
napi_value census(Env&, const js::Arguments&);

// derived.cpp
napi_value pair_up(Env&, const js::Arguments&);
napi_value link(Env&, const js::Arguments&);
napi_value sweep_roots(Env&, const js::Arguments&);

// share.cpp
napi_value share(Env&, const js::Arguments&);
napi_value adopt(Env&, const js::Arguments&);
napi_value revoke(Env&, const js::Arguments&);

inline uint32_t handle_argument(Env& env, napi_value value) {
  uint32_t handle = 0;
  napi_get_value_uint32(env.napi, value, &handle);
  return handle;
}

// What every operation begins with: attach, let go of what Python dropped, find the object, which then stays
// alive until the operation ends.
class Operation {
 public:
  Operation(Env& env, napi_value handle)
      : attached_(env.thread), in_use_(env, attached_ ? find(env, handle) : nullptr) {
    if (in_use_.object()) return;
    answer_ = attached_ ? env.result(js::kRefused, js::kReleasedHandle) : refused(env, attached_.entry);
  }
  explicit operator bool() const { return object() != nullptr; }
  PyObject* object() const { return in_use_.object(); }
  napi_value answer() const { return answer_; }

 private:
  static PyObject* find(Env& env, napi_value handle) {
    if (env.mail.load(std::memory_order_relaxed)) js::delete_dropped(env);
    return object_of(env, handle_argument(env, handle));
  }

  py::Attached attached_;
  InUse in_use_;
  napi_value answer_ = nullptr;
};

}  // namespace caduceus::bridge
