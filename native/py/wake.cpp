// Waking a thread that is inside Python.
//
// CPython lets signal handlers and pending calls run on its main thread alone: any other thread that a signal
// interrupts goes on waiting. There the signal handler itself does the work, if it is certain where it is:
// the thread sleeps in a system call (its registers say so: the call has just failed with EINTR), Python has
// detached it around that call, and the code that made the call is Python's own or its standard library's.
// That is the situation of a C function that calls back while it is detached, which Python allows everywhere;
// the interrupted call is then repeated by Python, with what is left of its time. A library's own wait is
// left alone: the library may hold a lock that the work needs. So is, from 3.14 on, the wait for a lock of
// Python's: whoever lets go of such a lock hands it to the thread that waits longest, under the feet of the
// work, which would wait for its own thread if it needed that lock.
#include "py/wake.hpp"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "py/ref.hpp"

namespace caduceus::py {
namespace {

// Written once, before a thread can be woken.
bool (*serve_attached)() = nullptr;
void (*serve_detached)() = nullptr;
struct sigaction python_handler = {};  // written on Python's main thread

// Where the standard library waits, in a lock of its own that nobody else waits for, for what another thread
// does. Published once, and of the process's life, as are the code objects.
struct KnownWait {
  PyObject* code;
  int at;
};
std::atomic<const std::vector<KnownWait>*> known_waits{nullptr};

struct Range {
  uintptr_t low = 0, high = 0;
  bool holds(uintptr_t address) const { return address >= low && address < high; }
};
Range c_library, thread_library, python_library;  // written once, like serve_here
Range python_memory;                              // libpython with its variables; written once, like these

// The library that holds the code at `symbol`: that segment of code, and all from its first byte to its last,
// with its variables.
struct Library {
  Range code, all;
};
Library library_of(const void* symbol) {
  struct Search {
    uintptr_t address;
    Library found;
  } search{reinterpret_cast<uintptr_t>(symbol), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* search = static_cast<Search*>(data);
        Library seen{{}, {UINTPTR_MAX, 0}};
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          if (part.p_type != PT_LOAD) continue;
          Range range{info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz};
          if ((part.p_flags & PF_X) && range.holds(search->address)) seen.code = range;
          seen.all = {std::min(seen.all.low, range.low), std::max(seen.all.high, range.high)};
        }
        if (seen.code.high) search->found = seen;
        return 0;
      },
      &search);
  return search.found;
}

// What the system call for a futex was told.
struct FutexWait {
  int operation;
  const timespec* limit;  // a moment, or a time from the start for the plain operation; null: none
};

// Where the thread was interrupted; false if that was not a system call that failed because of it.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
constexpr bool kSeesCalls = true;
#else
constexpr bool kSeesCalls = false;
#endif
#if defined(__linux__) && defined(__x86_64__)
bool interrupted_call(void* context, uintptr_t* place) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  *place = static_cast<uintptr_t>(registers[REG_RIP]);
  auto* code = reinterpret_cast<const unsigned char*>(*place);
  return registers[REG_RAX] == -EINTR && code[-2] == 0x0F && code[-1] == 0x05;
}
// Whether it waits for the GIL, whose condition variable is one of CPython's own variables. Work that takes
// the GIL must not run on top of that: who gives the GIL away waits for those who already wait there.
bool waits_for_gil(void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  return python_memory.holds(static_cast<uintptr_t>(registers[REG_RDI]));
}
// The number of that call, -1 if it cannot be seen: `mov $number, %eax` stands before the instruction, or
// `xor %eax, %eax`.
long call_number(void*, uintptr_t place) {
  auto* code = reinterpret_cast<const unsigned char*>(place);
  if (code[-4] == 0x31 && code[-3] == 0xC0) return SYS_read;
  int number;
  std::memcpy(&number, code - 6, sizeof number);
  return code[-7] == 0xB8 ? number : -1;
}
void answer_call(void* context, long result) {
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = result;
}
unsigned long stack_of(void* context) {
  return static_cast<unsigned long>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
}
FutexWait futex_wait(void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  return {static_cast<int>(registers[REG_RSI]), reinterpret_cast<const timespec*>(registers[REG_R10])};
}
#elif defined(__linux__) && defined(__aarch64__)
bool interrupted_call(void* context, uintptr_t* place) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext;
  *place = registers.pc;
  return static_cast<long>(registers.regs[0]) == -EINTR &&
         reinterpret_cast<const uint32_t*>(*place)[-1] == 0xD4000001;
}
// The first argument, which would tell, is overwritten by the result: with the GIL no wait is known to be
// another's.
bool waits_for_gil(void* context) {
  return !layout.free_threaded && static_cast<ucontext_t*>(context)->uc_mcontext.regs[8] == SYS_futex;
}
long call_number(void* context, uintptr_t) {
  return static_cast<long>(static_cast<ucontext_t*>(context)->uc_mcontext.regs[8]);
}
void answer_call(void* context, long result) {
  static_cast<ucontext_t*>(context)->uc_mcontext.regs[0] = static_cast<unsigned long long>(result);
}
unsigned long stack_of(void* context) { return static_cast<ucontext_t*>(context)->uc_mcontext.sp; }
FutexWait futex_wait(void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.regs;
  return {static_cast<int>(registers[1]), reinterpret_cast<const timespec*>(registers[3])};
}
#else
bool interrupted_call(void*, uintptr_t*) { return false; }
bool waits_for_gil(void*) { return true; }
long call_number(void*, uintptr_t) { return -1; }
void answer_call(void*, long) {}
unsigned long stack_of(void*) { return 0; }
FutexWait futex_wait(void*) { return {0, nullptr}; }
#endif

// Walks from the interrupted place to the code outside the C library that made the call.
struct Walk {
  uintptr_t place;
  int depth = -1;  // in the C library; -1: still in the handler
  bool python = false;
};

_Unwind_Reason_Code step(_Unwind_Context* frame, void* data) {
  // A function that waits for something is at most this deep; deeper ones are at work themselves.
  constexpr int kDeepest = 3;
  auto* walk = static_cast<Walk*>(data);
  uintptr_t place = _Unwind_GetIP(frame);
  if (walk->depth < 0) {
    if (place == walk->place)
      walk->depth = 0;
    else
      return _URC_NO_REASON;
  }
  if (c_library.holds(place) || thread_library.holds(place)) {
    return ++walk->depth > kDeepest ? _URC_END_OF_STACK : _URC_NO_REASON;
  }
  Dl_info library;
  auto named = [&](const char* part) { return std::strstr(library.dli_fname, part) != nullptr; };
  walk->python =
      python_library.holds(place) || (dladdr(reinterpret_cast<void*>(place), &library) && library.dli_fname &&
                                      named("/lib-dynload/") && !named("/_ctypes."));
  return _URC_END_OF_STACK;
}

bool is_pythons(uintptr_t place) {
  Walk walk{place};
  _Unwind_Backtrace(step, &walk);
  return walk.python;
}

bool detached_by_python(Thread* thread) {
  PyThreadState* now =
      api.PyThreadState_GetUnchecked ? api.PyThreadState_GetUnchecked() : api._PyThreadState_UncheckedGet();
  return now != thread->state;
}

long long nanoseconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// Whether a futex is waited for that lasts no longer than a moment more, and may be waited for again after
// that. So CPython stops all threads, and it has detached the thread that does when it turns the GIL on to
// import an extension module: attaching there would wait for the end of what itself holds up.
bool ends_soon(void* context) {
  constexpr int kAbsolute = 9, kOperation = 127, kRealTime = 256;
  constexpr long long kSoon = 5000000;
  FutexWait wait = futex_wait(context);
  if (!wait.limit) return false;
  long long limit = wait.limit->tv_sec * 1000000000LL + wait.limit->tv_nsec;
  if ((wait.operation & kOperation) == kAbsolute)
    limit -= nanoseconds(wait.operation & kRealTime ? CLOCK_REALTIME : CLOCK_MONOTONIC);
  return limit < kSoon;
}

// Whether the thread has been in one wait for a while: what is short, such as the wait for a lock that others
// hold for a moment, ends by itself, and a lock may be handed to a waiter on whose stack the work would run
// that needs it.
bool is_lasting(uintptr_t place) {
  constexpr long long kLasting = 5000000, kAtRest = 500000;
  thread_local uintptr_t last_place = 0;
  thread_local long long since = 0, used = 0;
  long long now = nanoseconds(CLOCK_MONOTONIC), uses = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  bool same = place == last_place && uses - used < kAtRest;
  used = uses;
  if (same) return now - since >= kLasting;
  last_place = place;
  since = now;
  return false;
}

// Detached. Whether the work may run on top of this wait. Everything but the wait for a lock can be followed
// by anything; which lock it is only the Python code tells that waits.
bool may_serve(Thread* thread, void* context, long call) {
  if (layout.version < 0x030E0000 || (call >= 0 && !is_futex(call))) return true;
  if (call < 0 || ends_soon(context)) return false;
  auto* known = known_waits.load(std::memory_order_acquire);
  Attached attached(thread);
  if (!known || !attached) return false;
  Ref frame = Ref::steal(api.PyThreadState_GetFrame(thread->state));
  Ref code = Ref::steal(frame ? api.PyFrame_GetCode(frame.get()) : nullptr);
  int at = frame ? api.PyFrame_GetLasti(frame.get()) : -1;
  return std::any_of(known->begin(), known->end(),
                     [&](const KnownWait& wait) { return wait.code == code.get() && wait.at == at; });
}

// What a system call answers in which a thread waits that is to end: that its time is over, or that it
// failed.
long ended_with(long call) {
#if defined(__linux__)
  switch (call) {
    case SYS_futex:
      return -ETIMEDOUT;
    case SYS_clock_nanosleep:
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_epoll_pwait:
#if defined(__x86_64__)
    case SYS_nanosleep:
    case SYS_poll:
    case SYS_select:
    case SYS_epoll_wait:
#endif
      return 0;
    case SYS_wait4:
    case SYS_waitid:
      return -ECHILD;
    default:
      return -EIO;
  }
#else
  (void)call;
  return -EINTR;
#endif
}

void woken(int number, siginfo_t*, void* context) {
  int error = errno;
  Thread* thread = Thread::peek();
  uintptr_t place;
  if (!thread || thread == initial.load()) {
    if (thread && thread->attached && interrupted_call(context, &place) && !waits_for_gil(context) &&
        detached_by_python(thread)) {
      thread->interrupted_wait.store(true);
    }
    if (python_handler.sa_handler != SIG_DFL && python_handler.sa_handler != SIG_IGN) {
      python_handler.sa_handler(number);
    }
  } else if (thread->attached && (thread->inside.load() & Thread::kWhere) == Thread::kInPython &&
             interrupted_call(context, &place) && !waits_for_gil(context) && detached_by_python(thread) &&
             is_pythons(place)) {
    long ended = thread->ended_call.exchange(-1);
    if (ended >= 0 && thread->ended_place.load() == place &&
        thread->ended_stack.load() == stack_of(context)) {
      answer_call(context, ended_with(ended));
    } else if (is_lasting(place)) {
      DetachedByPython detached(thread);
      if (may_serve(thread, context, call_number(context, place))) serve_detached();
    }
  }
  errno = error;
}

// Without SA_RESTART: an interrupted wait must return for Python to look at what there is to do. Not masked
// while it runs: what runs inside may wait, and be woken, too.
void install() {
  struct sigaction action = {};
  action.sa_sigaction = woken;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(kWakeSignal, &action, nullptr);
}

// Whether Python's main thread has a pending call of ours that waits or runs. One at a time: a program that
// ends inside of one waits, from 3.13 on, until no other is left, and none runs inside another.
std::atomic<bool> asked_main{false};

int serve_main(void*) {
  bool served = serve_attached();
  asked_main.store(false);
  return served ? 0 : -1;
}

int serve_pending(void* argument) {
  // Of threads other than the main one, any takes it: it is for one alone, who gets it at the next attempt.
  if (argument != Thread::peek()) return 0;
  return serve_attached() ? 0 : -1;
}

}  // namespace

bool may_serve_here(Thread* thread) {
  bool waits = thread->interrupted_wait.exchange(false), computes = thread->computes.exchange(false);
  return !kSeesCalls || waits || computes;
}

std::chrono::nanoseconds processor_time([[maybe_unused]] Thread* thread) {
#if defined(__linux__)
  clockid_t clock;
  timespec time = {};
  if (pthread_getcpuclockid(reinterpret_cast<pthread_t>(thread->id), &clock) == 0)
    clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
#else
  return {};
#endif
}

bool is_futex([[maybe_unused]] long call) {
#if defined(__linux__)
  return call == SYS_futex;
#else
  return false;
#endif
}

void prepare_waking(bool (*attached)(), void (*detached)(), bool install_handler) {
  serve_attached = attached;
  serve_detached = detached;
  if (!install_handler) return;
  c_library = library_of(reinterpret_cast<void*>(&getppid)).code;
  thread_library = library_of(reinterpret_cast<void*>(&pthread_mutex_lock)).code;
  Library python = library_of(reinterpret_cast<void*>(api.PyEval_SaveThread));
  python_library = python.code;
  python_memory = python.all;
  install();
}

bool needs_known_waits() {
  return layout.version >= 0x030E0000 && !known_waits.load(std::memory_order_relaxed);
}

void learn_waits(PyObject* pairs) {
  auto* waits = new std::vector<KnownWait>;
  for (Py_ssize_t i = 0; i < api.PyTuple_Size(pairs); ++i) {
    PyObject* pair = api.PyTuple_GetItem(pairs, i);
    int overflow;
    PyObject* code = api.PyTuple_GetItem(pair, 0);
    api.Py_IncRef(code);
    waits->push_back(
        {code, static_cast<int>(api.PyLong_AsLongLongAndOverflow(api.PyTuple_GetItem(pair, 1), &overflow))});
  }
  const std::vector<KnownWait>* none_yet = nullptr;
  if (!known_waits.compare_exchange_strong(none_yet, waits)) delete waits;
}

void keep_wake_signal() {
  struct sigaction now;
  sigaction(kWakeSignal, nullptr, &now);
  if (now.sa_flags & SA_SIGINFO) return;
  python_handler = now;
  install();
}

void ask_between(Thread* thread, bool is_main) {
  if (is_main) {
    if (!asked_main.exchange(true) && api.Py_AddPendingCall(serve_main, nullptr) < 0) asked_main.store(false);
  } else if (layout.version >= 0x030C0000 && api._PyEval_AddPendingCall) {
    // Before 3.12 a thread other than the main one never looks at pending calls.
    api._PyEval_AddPendingCall(api.PyInterpreterState_Main(), serve_pending, thread, 0);
  }
}

void interrupt_wait(Thread* thread) { pthread_kill(reinterpret_cast<pthread_t>(thread->id), kWakeSignal); }

void wake_main() {
  ask_between(initial.load(), true);
  interrupt_wait(initial.load());
}

}  // namespace caduceus::py
