// Starting and ending the interpreter.
#include "py/interpreter.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "py/attach.hpp"
#include "py/error.hpp"
#include "py/pool.hpp"
#include "py/ref.hpp"
#include "py/signals.hpp"

namespace caduceus::py {
namespace {

// How long threads of the host may take to leave Python at the end, in milliseconds.
constexpr int kPatience = 2000, kLastPatience = 500;

std::mutex start_lock;                // held over the one initialization; nothing that it waits for takes it
bool is_adopted = false;              // under start_lock
pid_t starter = 0;                    // under start_lock; a forked child must not run the parent's exit work
void (*first_exit_work)() = nullptr;  // both written once, before `running`
void (*last_exit_work)() = nullptr;

// The parked thread: it initialized Python, so it must finalize it. Or the one that runs a Python program.
struct Parked {
  std::mutex lock;
  std::condition_variable changed;
  bool ready = false, end = false, ended = false;  // under lock
  bool run = false;                                // under lock: the program
  void (*begin_end)() = nullptr;                   // written once, before
  void (*end_with)(int status) = nullptr;
};
Parked* parked = nullptr;  // written under start_lock
std::atomic<Thread*> program_thread{nullptr};
int answered_status = -1;  // written under start_lock

// Called before input() reads a terminal, which it does through C's stdin: that takes a description that the
// host made non-blocking for one at its end.
int wait_for_input() {
  int flags = fcntl(STDIN_FILENO, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK)) fcntl(STDIN_FILENO, F_SETFL, flags & ~O_NONBLOCK);
  return 0;
}

bool same_file(const char* left, const char* right) {
  struct stat a, b;
  return stat(left, &a) == 0 && stat(right, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

std::string failed(const char* what, const PyStatus& status) {
  std::string text = std::string(what) + " failed";
  if (status.func) text += std::string(" in ") + status.func;
  if (status.err_msg) text += std::string(": ") + status.err_msg;
  return text;
}

// A library that an extension module brings along looks for `environ` in the C library first (RTLD_DEEPBIND),
// where it is null if the host has a copy of its own, as programs that are not position-independent have: Tcl
// crashes then. It gets a list of its own, since the host's moves when it grows.
void lend_environment() {
#if defined(__GLIBC__)
  void* library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  auto** theirs = library ? static_cast<char***>(dlsym(library, "environ")) : nullptr;
  if (!theirs || theirs == &environ || *theirs || !environ) return;
  size_t count = 0;
  while (environ[count]) ++count;
  auto* list = static_cast<char**>(std::malloc((count + 1) * sizeof(char*)));
  if (!list) return;
  std::copy_n(environ, count + 1, list);
  *theirs = list;
#endif
}

std::string initialize(const StartOptions& options) {
  lend_environment();
  KeepSignals keep(options.program);
  // PyConfig is opaque here: 424 to 464 bytes in the supported versions, written only by CPython itself.
  alignas(16) char config[4096] = {};
  api.PyConfig_InitPythonConfig(config);
  std::vector<char*> argv;
  for (auto& argument : options.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  PyStatus status = api.PyConfig_SetBytesArgv(config, static_cast<Py_ssize_t>(argv.size()), argv.data());
  if (!api.PyStatus_Exception(status)) status = api.Py_InitializeFromConfig(config);
  api.PyConfig_Clear(config);
  if (options.program && api.PyStatus_IsExit(status)) {
    answered_status = status.exitcode;
    return "python has answered by itself";
  }
  if (api.PyStatus_Exception(status)) return failed("initializing Python", status);
  auto** hook = reinterpret_cast<int (**)()>(api.PyOS_InputHook);
  if (!*hook) *hook = wait_for_input;
  std::string misfit = measure();
  // Before 3.13, threading takes the thread that imports it first for Python's main one.
  bool early = options.program && layout.version < 0x030D0000;
  if (early && !Ref::steal(api.PyImport_ImportModule("threading"))) api.PyErr_Clear();
  adopt_initial_state(api.PyEval_SaveThread(), options.parked);
  if (options.program) {
    program_thread.store(Thread::peek());
    forward_signals_to(pthread_self());
  }
  return misfit;
}

// Attached. Before 3.13, threading takes the thread that imports it first for Python's main one, and
// finalizing waits for it: for ever if it is another one of the host's.
void forget_other_main() {
  if (layout.version >= 0x030D0000) return;
  Ref module = Ref::steal(api.PyImport_ImportModule("caduceus._bootstrap"));
  Ref forget = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "forget_other_main") : nullptr);
  if (!forget || !Ref::steal(api.PyObject_CallNoArgs(forget.get()))) api.PyErr_WriteUnraisable(forget.get());
}

void finalize() {
  Thread* self = Thread::peek();
  Attached attached(self);
  if (!attached) return;
  forget_other_main();
  api.Py_FinalizeEx();
  finalized.store(true);  // ~Attached leaves a finalized Python alone
}

// Attached. Not Py_RunMain, which ends the process under the host when the program raises SystemExit.
int call_program() {
  Ref module = Ref::steal(api.PyImport_ImportModule("caduceus._program"));
  Ref plan = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "plan") : nullptr);
  Ref call = Ref::steal(plan ? api.PyObject_CallNoArgs(plan.get()) : nullptr);
  // From here, so that no frame of ours stands below the program's.
  std::vector<PyObject*> parts;
  for (Py_ssize_t i = 0; call && i < api.PyTuple_Size(call.get()); ++i) {
    parts.push_back(api.PyTuple_GetItem(call.get(), i));
  }
  if (!parts.empty()) {
    Ref::steal(api.PyObject_Vectorcall(parts[0], parts.data() + 1, parts.size() - 1, nullptr));
  }
  Ref error = take_error();
  PyObject* argument = error ? error.get() : none();
  Ref end = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "end") : nullptr);
  Ref status = Ref::steal(end ? api.PyObject_Vectorcall(end.get(), &argument, 1, nullptr) : nullptr);
  int overflow = 0;
  if (status) return static_cast<int>(api.PyLong_AsLongLongAndOverflow(status.get(), &overflow));
  api.PyErr_WriteUnraisable(end.get());
  return 1;
}

void parked_main(StartOptions options, std::string* result) {
  *result = initialize(options);
  std::unique_lock lock(parked->lock);
  parked->ready = true;
  parked->changed.notify_all();
  parked->changed.wait(lock, [] { return parked->end || parked->run; });
  bool run = parked->run;
  lock.unlock();
  if (run) {
    int status;
    {
      Attached attached(Thread::peek());
      status = call_program();
      api.Py_FinalizeEx();  // the last of its exit work is finish()
      finalized.store(true);
    }
    // A signal that ends the program does so by itself.
    if (status < 0) signal(-status, SIG_DFL);
    if (program_thread.load()) parked->end_with(status);
    for (;;) pause();  // the host ends the process
  }
  finishing.store(Thread::peek());
  finalize();
  lock.lock();
  parked->ended = true;
  parked->changed.notify_all();
}

std::string start_parked(const StartOptions& options) {
  parked = new Parked;
  std::string result;
  std::thread(parked_main, options, &result).detach();
  std::unique_lock lock(parked->lock);
  parked->changed.wait(lock, [] { return parked->ready; });
  return result;
}

}  // namespace

std::string start(const StartOptions& options) {
  std::lock_guard lock(start_lock);
  if (running.load()) return {};
  if (closing.load()) return "Python has already ended in this process; it cannot start again";
  auto* initialized = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "Py_IsInitialized"));
  is_adopted = initialized && initialized();
  Dl_info running_library;
  if (is_adopted && dladdr(reinterpret_cast<void*>(initialized), &running_library) &&
      !same_file(running_library.dli_fname, options.library.c_str())) {
    return std::string("Python runs in this process already, started by another copy of this package from ") +
           running_library.dli_fname;
  }
  std::string problem = load(options.library.c_str());
  if (!problem.empty()) return problem;
  if (layout.version < 0x030B0000) return options.library + " is older than CPython 3.11";
  if (layout.free_threaded && layout.version < 0x030E0000) {
    return options.library + " is a free-threaded build older than 3.14, whose API is not complete";
  }
  starter = getpid();
  if (is_adopted) {
    several_copies.store(true);
    Thread* self = Thread::current();
    Attached attached(self);
    problem = measure();
  } else {
    problem = options.parked ? start_parked(options) : initialize(options);
  }
  if (!problem.empty()) return problem;
  running.store(true);
  if (!is_adopted) {
    std::atexit([] { finish(); });
    at_quick_exit([] { finish(); });
    watch_signals();
  }
  return {};
}

bool adopted() { return is_adopted; }

int answered() { return answered_status; }

void run_program(void (*begin_end)(), void (*end_with)(int status)) {
  std::lock_guard lock(parked->lock);
  parked->run = true;
  parked->begin_end = begin_end;
  parked->end_with = end_with;
  parked->changed.notify_all();
}

void set_exit_work(void (*first)(), void (*last)()) {
  first_exit_work = first;
  last_exit_work = last;
}
void run_last_exit_work() {
  // atexit._run_exitfuncs() is also called by programs that go on.
  if (last_exit_work && closing.load()) last_exit_work();
}

// The asyncio loop of ours, if it has begun.
void end_loop(Thread* self) {
  Attached attached(self);
  if (!attached) return;
  Ref modules = Ref::copy(api.PyImport_GetModuleDict());
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("caduceus._loop", 14));
  Ref module = Ref::steal(name ? api.PyObject_GetItem(modules.get(), name.get()) : nullptr);
  if (!module) return api.PyErr_Clear();
  Ref end = Ref::steal(api.PyObject_GetAttrString(module.get(), "end"));
  Ref patience = Ref::steal(api.PyFloat_FromDouble(kPatience / 1000.0));
  PyObject* argument = patience.get();
  Ref done = Ref::steal(end ? api.PyObject_Vectorcall(end.get(), &argument, 1, nullptr) : nullptr);
  if (!done) api.PyErr_WriteUnraisable(end.get());
}

// Written by the one finish(), read by what it runs and by the same thread at the process's end.
bool is_left_alone = true;

bool left_alone() { return is_left_alone; }

void end_despite_stuck_threads(int status) {
  if (is_left_alone || starter != getpid()) return;
  std::thread([status] {
    if (!drain_threads(nullptr, kLastPatience)) _exit(status);
  }).detach();
}

void finish() noexcept {
  static std::atomic<bool> begun{false};
  if (!running.load() || starter != getpid() || begun.exchange(true)) return;
  Thread* self = is_adopted ? Thread::current() : Thread::peek();
  Thread* program = program_thread.load();
  bool ends_itself = is_adopted || (program && self == program);  // Python's own exit work has called us
  if (program && self == program) {
    Detached detached(self);
    parked->begin_end();
  }
  // 1. Close the gate: new work is refused everywhere but on this thread.
  if (self) {
    self->barred = 0;  // the process ends inside py.detach
    self->may_change();
  }
  finishing.store(self);
  closing.store(true);
  // 2. Wake every waiter: no JavaScript thread serves calls from other threads any more.
  if (first_exit_work) first_exit_work();
  // 3. End the pool: what waits is never called, what runs is interrupted. A thread that stays, since it
  // waits in C, is a daemon of Python's, which finalizing leaves behind.
  auto begun_at = std::chrono::steady_clock::now();
  [[maybe_unused]] bool pool_ended = end_pool(kPatience);
  if (!is_adopted) end_loop(self);
  auto waited = std::chrono::steady_clock::now() - begun_at;
  auto left = std::chrono::milliseconds(kPatience) - waited;
  int patience = std::max(
      kLastPatience, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(left).count()));
  if (ends_itself) {
    // The copy that started Python ends it, after this, or the program does.
    {
      Attached attached(self);
      if (drain_threads(self, patience)) run_last_exit_work();
    }
    if (is_adopted) finalized.store(true);
    return;
  }
  // 4. Let every other thread of the host leave Python; interrupt those that stay. A program that runs is not
  // asked to: the host ends the process under it.
  program_thread.store(nullptr);
  is_left_alone = !program && drain_threads(self, patience);
  // 5. Python's own exit work, on the thread that started it: non-daemon threads, atexit functions, flushing.
  // Last of the atexit functions is ours, which releases what JavaScript holds. libpython is never closed.
  if (!is_left_alone) {
    // A thread that never leaves would hang finalization: run what users rely on, and leave the rest.
    Attached attached(self);
    if (attached) {
      Ref module = Ref::steal(api.PyImport_ImportModule("atexit"));
      Ref run = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "_run_exitfuncs") : nullptr);
      Ref done = Ref::steal(run ? api.PyObject_CallNoArgs(run.get()) : nullptr);
      if (!done) api.PyErr_WriteUnraisable(run.get());
      flush_stdio();
    }
    return;
  }
  if (!parked) return finalize();
  // The parked thread finalizes; this thread waits without being attached.
  std::unique_lock lock(parked->lock);
  parked->end = true;
  parked->changed.notify_all();
  parked->changed.wait(lock, [] { return parked->ended; });
}

}  // namespace caduceus::py
