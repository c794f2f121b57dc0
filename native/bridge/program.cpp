// A Python program: it runs on a thread of its own while JavaScript's loop turns.
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "bridge/exports.hpp"
#include "py/interpreter.hpp"

namespace caduceus::bridge {
namespace {

// How long JavaScript may take to hear that the program ends: its main thread may be busy for ever.
constexpr auto kPatience = std::chrono::seconds(2);

// Keeps JavaScript's loop turning until the program has ended. Of the one main thread.
napi_threadsafe_function ended = nullptr;

std::mutex lock;
std::condition_variable changed;
bool stands_still = false, has_status = false;  // under lock
int exit_status = 0;                            // under lock

// JavaScript stands still while Python ends: what its timers and listeners do would fail, since Python is
// gone.
void stand_still(napi_env env, napi_value callback, void*, void*) {
  std::unique_lock guard(lock);
  stands_still = true;
  changed.notify_all();
  changed.wait(guard, [] { return has_status; });
  guard.unlock();
  if (!env) return;
  napi_value argument = js::number(env, exit_status);
  js::call(env, js::undefined(env), callback, 1, &argument);
}

// On the program's thread, detached, before anything of Python's is closed.
void begin_end() {
  napi_call_threadsafe_function(ended, nullptr, napi_tsfn_nonblocking);
  std::unique_lock guard(lock);
  changed.wait_for(guard, kPatience, [] { return stands_still; });
}

void end_with(int status) {
  std::lock_guard guard(lock);
  if (!stands_still) _exit(status);
  exit_status = status;
  has_status = true;
  changed.notify_all();
}

}  // namespace

// (what hears of the exit status): runs the program of the command line that Python was started with
napi_value run_program(Env& env, const js::Arguments& args) {
  napi_value name;
  napi_create_string_utf8(env.napi, "caduceus program", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env.napi, args[0], nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                  stand_still, &ended);
  py::run_program(begin_end, end_with);
  return js::undefined(env.napi);
}

}  // namespace caduceus::bridge
