// The signals that end a program by default.
#include "py/signals.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "py/attach.hpp"
#include "py/interpreter.hpp"
#include "py/wake.hpp"

namespace caduceus::py {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
// How long the main thread may take to be reachable, and then for the exit work.
constexpr auto kPatience = std::chrono::seconds(2), kExitWork = std::chrono::seconds(5);

// What each signal did before us. Written by watch_signals, under `watch_lock`, before the handler can run.
std::mutex watch_lock;
struct sigaction hosts[NSIG] = {};
bool has_host[NSIG] = {};

// SIGINT's, while Python's own handler stands in its place. On Python's main thread, as signal.signal is.
struct sigaction host_interrupt = {};
struct sigaction python_interrupt = {};

// A Python program ends by signals as under python. Set once, as Python starts.
bool is_program = false;
// Set once, before the handler can run.
pid_t watcher = 0;
int guard_pipe[2] = {-1, -1};
bool (*end_when_idle)() = nullptr;

// The signal that is being answered, or 0. The handler claims it, any thread; whoever has answered clears it.
std::atomic<int> pending{0};
// A KeyboardInterrupt is wanted, the end: set by the guard, taken back by it, or claimed by Python's main
// thread.
std::atomic<bool> interrupt_wanted{false}, end_wanted{false};
thread_local int writes = 0;  // under way on this thread
// end_by_signal has begun.
std::atomic<bool> ending{false};

// Async-signal-safe, any thread: the host's own handler, where it has one, puts the terminal right first.
void end_now(int number) {
  sigaction(number, &hosts[number], nullptr);
  kill(getpid(), number);
}

void handle(int number) {
  int saved = errno;
  int none = 0;
  bool forked = getpid() != watcher;  // a child of Python's, with nothing of JavaScript's running in it
  if (forked && number == SIGINT) {
    api.PyErr_SetInterruptEx(number);
    return;
  }
  bool first = !forked && !closing.load() && pending.compare_exchange_strong(none, number);
  if (!first || write(guard_pipe[1], "", 1) != 1) end_now(number);
  errno = saved;
}

// Nobody listens: the system's default, or Node's handler that resets the terminal and lets the default
// follow. That of a listener is of libuv and restarts system calls.
bool is_default(const struct sigaction& now) {
  return now.sa_handler == SIG_DFL || ((now.sa_flags & SA_RESETHAND) && !(now.sa_flags & SA_RESTART));
}

uint64_t place_of(Thread* thread) {
  return thread ? thread->inside.load() & Thread::kWhere : Thread::kOutside;
}

// Waits for `done`, waking the main thread inside Python meanwhile: what comes too early for a wait is lost.
template <typename Done>
bool reach_main(steady_clock::time_point until, Done done) {
  auto interval = milliseconds(1);
  while (!done()) {
    if (steady_clock::now() > until) return false;
    if (place_of(initial.load()) == Thread::kInPython) wake_main();
    std::this_thread::sleep_for(interval);
    interval = std::min(interval * 2, milliseconds(20));
  }
  return true;
}

// On Python's main thread, when it is one of the host's, and not in the middle of a write.
bool may_answer() {
  Thread* main = initial.load();
  return main && main == Thread::peek() && writes == 0;
}

// SIGINT while Python's main thread is inside Python: a KeyboardInterrupt there, and then the program's own
// matter. False: that thread has left Python without it.
bool interrupt_python(steady_clock::time_point until) {
  Thread* main = initial.load();
  if (place_of(main) == Thread::kOutside) return false;
  interrupt_wanted.store(true);
  bool reached =
      reach_main(until, [main] { return !interrupt_wanted.load() || place_of(main) == Thread::kOutside; });
  if (!interrupt_wanted.exchange(false)) return true;
  if (!reached) end_now(pending.load());
  return false;
}

void answer(int number) {
  auto until = steady_clock::now() + kPatience;
  if (number == SIGINT && interrupt_python(until)) return;
  end_wanted.store(true);
  bool has_main = true;
  bool reached = reach_main(until, [&has_main] {
    // Again each time: what a Python call on that thread took out of its inbox is gone.
    has_main = ending.load() || end_when_idle();
    return ending.load() || !has_main;
  });
  if (!has_main) {
    Thread::current();  // a state for this thread: it ends Python
    end_by_signal();
  } else if (reached) {
    std::this_thread::sleep_for(kExitWork);
  }
  end_now(number);
}

// A thread of its own: a handler may do almost nothing, and the main thread may be busy for ever.
void guard() {
  char byte;
  for (;;) {
    if (read(guard_pipe[0], &byte, 1) == 1) {
      answer(pending.load());
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool start_guard() {
  if (pipe(guard_pipe) != 0) return false;
  for (int end : guard_pipe) fcntl(end, F_SETFD, FD_CLOEXEC);
  // Signals are for the threads of the host.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(guard).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  watcher = getpid();
  return true;
}

}  // namespace

void set_signal_work(bool (*when_idle)()) { end_when_idle = when_idle; }

void watch_signals() {
  std::lock_guard lock(watch_lock);
  // A forked child's signals are Python's multiprocessing's or its own; another copy of this library watches
  // for itself.
  if (adopted() || closing.load() || (watcher && watcher != getpid())) return;
  if (!watcher && !start_guard()) return;
  if (is_program) return;
  struct sigaction ours = {};
  ours.sa_handler = handle;
  for (int number : kSignals) {
    struct sigaction now;
    if (sigaction(number, nullptr, &now) != 0 || !is_default(now)) continue;
    // A listener that has gone leaves the bare default, and the host's handler is the better one.
    if (!has_host[number]) hosts[number] = now;
    has_host[number] = true;
    sigaction(number, &ours, nullptr);
  }
}

void end_by_signal() {
  ending.store(true);
  finish();
  end_now(pending.load());
}

bool claim_interrupt() {
  if (!may_answer() || !interrupt_wanted.load(std::memory_order_relaxed)) return false;
  if (!interrupt_wanted.exchange(false)) return false;
  pending.store(0);
  return true;
}

bool claim_end() {
  return writes == 0 && end_wanted.load(std::memory_order_relaxed) && end_wanted.exchange(false);
}

void begin_write() { ++writes; }
void end_write() { --writes; }
bool is_writing() { return writes > 0; }

bool wants_answer() {
  bool wanted =
      end_wanted.load(std::memory_order_relaxed) || interrupt_wanted.load(std::memory_order_relaxed);
  return wanted && !ending.load() && may_answer();
}

namespace {
bool kept[NSIG] = {};  // between a KeepSignals' two ends
struct sigaction before_python[NSIG] = {};
}  // namespace

KeepSignals::KeepSignals(bool program) {
  is_program = program;
  struct sigaction by_default = {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    bool ours = std::find(std::begin(kSignals), std::end(kSignals), number) != std::end(kSignals);
    struct sigaction& now = before_python[number];
    if ((!ours && !program) || sigaction(number, nullptr, &now) != 0) continue;
    bool handled = now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN;
    // SIGINT always, for Python installs its handler only where it finds the default.
    kept[number] = number == SIGINT || (program ? handled : is_default(now));
    if (kept[number]) sigaction(number, &by_default, nullptr);
  }
}

KeepSignals::~KeepSignals() {
  sigaction(SIGINT, nullptr, &python_interrupt);
  host_interrupt = before_python[SIGINT];
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction now;
    if (!kept[number] || sigaction(number, nullptr, &now) != 0) continue;
    if (!is_program || now.sa_handler == SIG_DFL) sigaction(number, &before_python[number], nullptr);
  }
}

namespace {
std::atomic<bool> forwards{false};
pthread_t target;  // set once, before
struct sigaction pythons[NSIG] = {};

void forward(int number) {
  int saved = errno;
  if (pthread_equal(pthread_self(), target) || getpid() != watcher) {
    pythons[number].sa_handler(number);
  } else {
    pthread_kill(target, number);
  }
  errno = saved;
}
}  // namespace

void forward_signals_to(pthread_t thread) {
  target = thread;
  forwards.store(true);
  forward_signal(SIGINT);
}

void forward_signal(int number) {
  struct sigaction now;
  if (!forwards.load() || number <= 0 || number >= NSIG || sigaction(number, nullptr, &now) != 0) return;
  if (now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN || now.sa_handler == forward) return;
  pythons[number] = now;
  now.sa_handler = forward;
  sigaction(number, &now, nullptr);
}

void keep_host_interrupt() {
  struct sigaction now;
  sigaction(SIGINT, nullptr, &now);
  if (now.sa_handler != python_interrupt.sa_handler) host_interrupt = now;
}

void restore_host_interrupt() {
  struct sigaction now;
  sigaction(SIGINT, nullptr, &now);
  if (now.sa_handler == python_interrupt.sa_handler) sigaction(SIGINT, &host_interrupt, nullptr);
}

}  // namespace caduceus::py
