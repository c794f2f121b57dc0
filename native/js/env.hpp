// One JavaScript environment (the main thread's, a worker's): its factories, its result channel, its inbox.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "js/napi.hpp"

namespace caduceus::js {

// What TypeScript hands down once, in this order (src/native/binding.ts, Factories).
enum Factory : int {
  kWrap,
  kEncode,
  kDecode,
  kThrown,
  kOperate,
  kSettle,
  kSubscribe,
  kWithin,
  kWarn,
  kHost,
  kBuild,
  kFactoryCount
};

// The result channel: a shared Int32Array. An export that returns `undefined` says here what that means.
enum Outcome : int32_t {
  kUndefined,
  kWrapped,
  kRaised,
  kStopped,
  kMissing,
  kMethod,
  kRefused,
  kErrorValue,
  kCoded
};

// Why an operation was refused (src/errors maps them to codes and words).
enum Refusal : int32_t { kClosedPython, kBarredThread, kNoStack, kReleasedHandle, kWrongThread };

// Where a thread waits for others: rung when an answer or mail has come.
struct Bell {
  std::mutex lock;
  std::condition_variable changed;
  bool rung = false;  // under lock
  void ring();
  // True: rung, and silent again.
  [[nodiscard]] bool wait(std::chrono::microseconds most);
};

// Looking out for another thread's answer for a moment, which saves both the sleep and the wake-up. Belongs
// to one thread. Where processors are taken by others it is in the way of the very answer: each time in vain
// lets it pass twice as many of the next ones.
class Lookout {
 public:
  // Whether `flag` was set.
  [[nodiscard]] bool see(const std::atomic<bool>& flag);

 private:
  int pass_ = 0, next_pass_ = 1;
};

// Counted: JavaScript references held by Python objects outlive the environment they came from.
struct Env {
  napi_env napi = nullptr;        // owner thread only
  int32_t* out = nullptr;         // owner thread only; memory kept by out_buffer
  napi_ref out_buffer = nullptr;  // owner thread only
  napi_ref texts = nullptr;       // owner thread only: an array, whose first element is a raised exception's
                                  // message, its second an object that is known
  napi_ref factories[kFactoryCount] = {};  // owner thread only
  std::thread::id owner = std::this_thread::get_id();

  std::atomic<int> references{1};
  // Set by the environment's end hook on the owner thread; read anywhere.
  std::atomic<bool> closed{false};

  // References that Python dropped on any thread, deleted by the owner. Under `inbox_lock`, as are the
  // members up to `wake`.
  std::mutex inbox_lock;
  std::vector<napi_ref> dropped;
  std::deque<struct Task*> tasks;
  bool wake_open = false;  // the threadsafe function may be called
  bool wake_sent = false;  // the event loop has a call of it that waits
  bool on_watch = false;   // the owner looks at `mail` all the time
  Bell* bell = nullptr;    // where the owner waits, in Python, for another thread's answer
  napi_threadsafe_function wake = nullptr;
  // Set under inbox_lock, read without it by the owner before each look into the inbox.
  std::atomic<bool> mail{false};
  // Owner thread only: when it last served a call from another thread, and its looking out for the next one.
  std::chrono::steady_clock::time_point last_served;
  Lookout lookout;

  bool on_owner() const { return std::this_thread::get_id() == owner; }
  napi_value factory(Factory which) {
    napi_value function = nullptr;
    napi_get_reference_value(napi, factories[which], &function);
    return function;
  }
  napi_value result(Outcome outcome, int32_t first = 0, int32_t second = 0) {
    out[0] = outcome;
    out[1] = first;
    out[2] = second;
    return undefined(napi);
  }
};

// A piece of work for the owner's thread. `run` is called there once, with `refused` if the environment has
// ended.
struct Task {
  void (*run)(Task* task, bool refused);
  bool awaited = false;  // somebody does nothing else until it has run
};

// Any thread. Wakes the owner's loop. False: the environment has ended, and the task was not taken.
[[nodiscard]] bool post(Env& env, Task* task);
// Any thread. Takes back a task that has not begun; false: it runs or has run.
[[nodiscard]] bool withdraw(Env& env, Task* task);
// Any thread. Deletes a reference, or queues it for deletion by the owner; after the environment's end it is
// nobody's any more.
void drop(Env& env, napi_ref reference);

// Owner thread.
void open_inbox(Env& env);
// Where JavaScript may run: in the owner's loop, or where it is blocked inside Python. Never in the middle of
// its code.
void read_inbox(Env& env);
// Anywhere on the owner's thread.
void delete_dropped(Env& env);
void close_inbox(Env& env);

}  // namespace caduceus::js
