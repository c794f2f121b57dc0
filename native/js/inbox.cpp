// What other threads leave for an environment's own thread.
#include "js/env.hpp"

namespace caduceus::js {
namespace {

void woken(napi_env napi, napi_value, void* context, void*) {
  if (!napi) return;  // the environment is ending: its hook answers the tasks
  HandleScope scope(napi);
  read_inbox(*static_cast<Env*>(context));
}

// Under inbox_lock. The queue of a threadsafe function is never full here: one wake-up stands for all mail.
void wake_owner(Env& env) {
  if (env.mail.exchange(true) || !env.wake_open) return;
  napi_call_threadsafe_function(env.wake, nullptr, napi_tsfn_nonblocking);
}

}  // namespace

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

void read_inbox(Env& env) {
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
        return;
      }
      if (env.tasks.empty()) continue;
      task = env.tasks.front();
      env.tasks.pop_front();
    }
    task->run(task, false);
  }
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
