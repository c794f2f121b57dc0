// What other threads leave for an environment's own thread.
#include "js/env.hpp"

#include <algorithm>
#include <utility>

namespace caduceus::js {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

// How soon after an answer the next call has to come for the owner to expect more of them, how long it then
// looks out for one, and how long it keeps its event loop waiting in all.
constexpr auto kSoon = microseconds(100), kWatch = microseconds(20), kLongest = microseconds(2000);
constexpr int kMostPassed = 256;

void woken(napi_env napi, napi_value, void* context, void*) {
  if (!napi) return;  // the environment is ending: its hook answers the tasks
  HandleScope scope(napi);
  auto& env = *static_cast<Env*>(context);
  {
    std::lock_guard lock(env.inbox_lock);
    env.wake_sent = false;
  }
  read_inbox(env);
}

// Under inbox_lock. One wake-up stands for all mail: each one that waits takes memory until the event loop
// turns, and an owner that looks into its inbox in between would otherwise get one for each thing dropped.
void wake_owner(Env& env) {
  if (env.mail.exchange(true) || !env.wake_open || env.on_watch) return;
  if (env.bell) env.bell->ring();
  if (std::exchange(env.wake_sent, true)) return;
  napi_call_threadsafe_function(env.wake, nullptr, napi_tsfn_nonblocking);
}

}  // namespace

void Bell::ring() {
  std::lock_guard guard(lock);
  rung = true;
  changed.notify_one();
}

bool Bell::wait(microseconds most) {
  std::unique_lock guard(lock);
  bool heard = changed.wait_for(guard, most, [this] { return rung; });
  rung = false;
  return heard;
}

void open_inbox(Env& env) {
  napi_value name;
  napi_create_string_utf8(env.napi, "caduceus inbox", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env.napi, nullptr, nullptr, name, 0, 1, nullptr, nullptr, &env, woken,
                                  &env.wake);
  napi_unref_threadsafe_function(env.napi, env.wake);
  std::lock_guard lock(env.inbox_lock);
  env.wake_open = env.wake != nullptr;
}

bool post(Env& env, Task* task) {
  std::lock_guard lock(env.inbox_lock);
  if (!env.wake_open) return false;
  env.tasks.push_back(task);
  wake_owner(env);
  return true;
}

bool withdraw(Env& env, Task* task) {
  std::lock_guard lock(env.inbox_lock);
  return std::erase(env.tasks, task) > 0;
}

void drop(Env& env, napi_ref reference) {
  if (env.closed.load()) return;
  if (env.on_owner()) {
    napi_delete_reference(env.napi, reference);
    return;
  }
  std::lock_guard lock(env.inbox_lock);
  if (!env.wake_open) return;
  env.dropped.push_back(reference);
  wake_owner(env);
}

void delete_dropped(Env& env) {
  std::vector<napi_ref> dropped;
  {
    std::lock_guard lock(env.inbox_lock);
    dropped.swap(env.dropped);
    env.mail.store(!env.tasks.empty());
  }
  for (napi_ref reference : dropped) napi_delete_reference(env.napi, reference);
}

bool Lookout::see(const std::atomic<bool>& flag) {
  static const unsigned processors = std::thread::hardware_concurrency();  // reads a file
  static std::atomic<unsigned> looking{0};  // more than processors would only be in each other's way
  if (flag.load(std::memory_order_acquire)) return true;
  if (processors < 2 || (pass_ > 0 && pass_-- > 0)) return false;
  bool seen = false;
  if (looking.fetch_add(1, std::memory_order_relaxed) < processors) {
    auto end = steady_clock::now() + kWatch;
    do {
      for (int i = 0; i < 64 && !seen; ++i) seen = flag.load(std::memory_order_acquire);
    } while (!seen && steady_clock::now() < end);
  }
  looking.fetch_sub(1, std::memory_order_relaxed);
  if (seen) {
    next_pass_ = 1;
  } else {
    pass_ = next_pass_;
    next_pass_ = std::min(next_pass_ * 2, kMostPassed);
  }
  return seen;
}

namespace {

// Whether a task was there that somebody waited for.
bool run_tasks(Env& env) {
  bool awaited = false;
  // One by one: a task may wait, inside Python, for what another one answers, and is served by a nested call
  // then.
  for (;;) {
    delete_dropped(env);
    Task* task = nullptr;
    {
      std::lock_guard lock(env.inbox_lock);
      // `mail` says that a wake-up is on its way: left standing for what was dropped meanwhile, it would keep
      // the next task from sending one.
      if (env.tasks.empty() && env.dropped.empty()) {
        env.mail.store(false);
        return awaited;
      }
      if (env.tasks.empty()) continue;
      task = env.tasks.front();
      env.tasks.pop_front();
    }
    awaited |= task->awaited;
    task->run(task, false);
  }
}

// Looks out for mail, of which nobody need tell meanwhile.
bool watch_inbox(Env& env) {
  {
    std::lock_guard lock(env.inbox_lock);
    if (!env.wake_open) return false;
    env.on_watch = true;
  }
  (void)env.lookout.see(env.mail);
  std::lock_guard lock(env.inbox_lock);
  env.on_watch = false;
  return env.mail.load();
}

}  // namespace

void read_inbox(Env& env) {
  auto begun = steady_clock::now();
  bool expecting = begun - env.last_served < kSoon;
  bool awaited = run_tasks(env);
  while (awaited && expecting && steady_clock::now() - begun < kLongest && watch_inbox(env)) run_tasks(env);
  if (awaited) env.last_served = steady_clock::now();
}

void close_inbox(Env& env) {
  std::deque<Task*> tasks;
  {
    std::lock_guard lock(env.inbox_lock);
    env.wake_open = false;
    tasks.swap(env.tasks);
    env.dropped.clear();  // the environment frees its own references
  }
  for (Task* task : tasks) task->run(task, true);
}

}  // namespace caduceus::js
