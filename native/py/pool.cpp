// The queue, the threads that serve it, and how they are interrupted.
#include "py/pool.hpp"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "py/attach.hpp"
#include "py/error.hpp"
#include "py/stdio.hpp"

namespace caduceus::py {

// One thread of the pool. Lives as long as the process: threads that end leave theirs to later ones.
struct Worker {
  std::mutex lock;  // never held while anything is waited for; taken inside the pool's lock, never around it
  unsigned long id = 0;      // under the pool's lock, and constant while there is a job; 0: no thread
  Job* job = nullptr;        // under lock: what it has taken and not yet finished
  bool begun = false;        // under lock
  bool interrupted = false;  // under lock: an exception may be on its way to this thread
  // Whose JavaScript it waits for. Written by its own thread, read by end_pool.
  std::atomic<Thread*> awaits{nullptr};
};

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// How long a thread without work looks for some before it sleeps: waking a sleeping one costs more than most
// calls.
constexpr auto kSpin = microseconds(40);
// How long jobs may wait before one more thread comes, and how long surplus threads stay without work.
constexpr auto kGrowth = milliseconds(10);
// The same where the threads compute, so that one more brings nothing unless they wait for each other:
// doubled each time as long as jobs wait.
constexpr auto kSlowGrowth = milliseconds(1000);
constexpr auto kIdle = std::chrono::seconds(5);
// How long one thread runs jobs before it lets others have the GIL.
constexpr auto kTurn = microseconds(500);

struct Pool {
  std::mutex lock;  // guards all below but the atomics; never held over a call into Python
  std::condition_variable work, growth, ended;
  Job *first = nullptr, *last = nullptr;
  uint64_t sequence = 0;
  std::vector<Worker*> workers;
  int threads = 0;   // that run or are being started
  int sleeping = 0;  // of those
  int most = 1;
  int started = 0;  // ever, for their names
  int keepers = 0;  // 0 or 1
  bool growing = false, closed = false;
  uint64_t collections = 0;
  PyObject* start = nullptr;  // owned, kept for the process's life
  // Written under the lock, read without it by threads that look for work.
  std::atomic<int> waiting{0};
  std::atomic<int> spinning{0};
};
// Never destroyed: threads may still sleep on it when the process's destructors run.
Pool& pool = *new Pool;

const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));

// Where the last job was submitted, and where the last one ran. Hints, hence relaxed.
std::atomic<int> submitter_processor{-1}, worker_processor{-1};

// Twins: -1 where the system does not tell.
#if defined(__linux__)
int this_processor() { return sched_getcpu(); }
#else
int this_processor() { return -1; }
#endif

bool is_here(const std::atomic<int>& processor) {
  int here = this_processor();
  return here >= 0 && here == processor.load(std::memory_order_relaxed);
}

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Detached. One thread at most spins, and none where it would keep the only core from those that have work.
void look_for_work() {
  if (cores == 1 || pool.spinning.exchange(1)) return;
  auto end = clock::now() + kSpin;
  // Never on the processor of the thread that would bring work.
  do {
    if (is_here(submitter_processor)) break;
    for (int i = 0; i < 20 && !pool.waiting.load(std::memory_order_relaxed); ++i) pause();
  } while (!pool.waiting.load(std::memory_order_relaxed) && clock::now() < end);
  pool.spinning.store(0);
}

// Under the pool's lock, as the next three.
void link(Job* job) {
  job->sequence = ++pool.sequence;
  job->waiting = true;
  job->worker = nullptr;
  job->next = nullptr;
  job->before = pool.last;
  (pool.last ? pool.last->next : pool.first) = job;
  pool.last = job;
  pool.waiting.store(pool.waiting.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void unlink(Job* job) {
  (job->before ? job->before->next : pool.first) = job->next;
  (job->next ? job->next->before : pool.last) = job->before;
  job->waiting = false;
  pool.waiting.store(pool.waiting.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

// The next job, now this worker's; null if there is none, or none is to begin any more.
Job* pop(Worker* worker) {
  Job* job = pool.first;
  if (!job || pool.closed) return nullptr;
  unlink(job);
  job->worker = worker;
  std::lock_guard of_worker(worker->lock);
  worker->job = job;
  worker->begun = false;
  return job;
}

// Who is to be woken for the jobs that wait.
enum class Wake { kNobody, kSleeper, kKeeper };
Wake whom_to_wake() {
  if (!pool.first || pool.closed) return Wake::kNobody;
  if (pool.waiting.load(std::memory_order_relaxed) <= pool.spinning.load()) return Wake::kNobody;
  if (pool.sleeping > 0) return Wake::kSleeper;
  if (pool.growing || pool.threads >= pool.most) return Wake::kNobody;
  pool.growing = true;
  return Wake::kKeeper;
}

void wake(Wake whom) {
  if (whom == Wake::kSleeper) pool.work.notify_one();
  if (whom == Wake::kKeeper) pool.growth.notify_one();
}

enum class Next { kJob, kCollect, kEnd };

// Detached. Waits for the next job.
Next take(Worker* worker, uint64_t* collections) {
  bool looked = false;
  for (;;) {
    std::unique_lock lock(pool.lock);
    if (pop(worker)) {
      Wake whom = whom_to_wake();
      lock.unlock();
      wake(whom);
      return Next::kJob;
    }
    if (pool.closed) return Next::kEnd;
    if (!looked) {
      lock.unlock();
      look_for_work();
      looked = true;
      continue;
    }
    if (std::exchange(*collections, pool.collections) != pool.collections) return Next::kCollect;
    ++pool.sleeping;
    auto roused = [&] { return pool.first || pool.closed || pool.collections != *collections; };
    bool surplus = pool.threads > cores;
    if (!surplus) pool.work.wait(lock, roused);
    bool too_long = surplus && !pool.work.wait_for(lock, kIdle, roused);
    --pool.sleeping;
    if (too_long && pool.threads > cores) return Next::kEnd;
  }
}

// Attached. Makes whatever waits for this thread to free it go: that happens where bytecode runs.
void collect() {
  Ref module = Ref::steal(api.PyImport_ImportModule("caduceus._pool"));
  Ref pass = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "collect") : nullptr);
  Ref done = Ref::steal(pass ? api.PyObject_CallNoArgs(pass.get()) : nullptr);
  if (!done) api.PyErr_WriteUnraisable(nullptr);
}

// Attached. One job from its beginning to its answer. `worker->job` was taken before and may have been
// revoked since.
void run_one(Worker* worker) {
  Job* job;
  {
    std::lock_guard lock(worker->lock);
    job = worker->job;
    if (!job) return;
    job->begin(job);
    worker->begun = true;
  }
  worker_processor.store(this_processor(), std::memory_order_relaxed);
  job->call(job);
  {
    std::lock_guard lock(worker->lock);
    worker->job = nullptr;
    // One that has not been raised yet would hit the next job.
    if (std::exchange(worker->interrupted, false)) api.PyThreadState_SetAsyncExc(worker->id, nullptr);
  }
  if (stdio_dirty.load(std::memory_order_relaxed)) flush_stdio();
  job->answer(job);
}

// Attached. Runs jobs until none waits. Lets others have Python in between: code in C asks nobody.
void run_some(Worker* worker) {
  auto end = clock::now() + kTurn;
  for (int count = 1;; ++count) {
    run_one(worker);
    if (!pool.waiting.load(std::memory_order_relaxed)) return;
    if (count % 16 == 0 && clock::now() > end) return;
    std::unique_lock lock(pool.lock, std::try_to_lock);
    if (!lock || !pop(worker)) return;
    Wake whom = whom_to_wake();
    lock.unlock();
    wake(whom);
  }
}

thread_local Worker* this_worker = nullptr;

Worker* enter() {
  std::lock_guard lock(pool.lock);
  Worker* mine = nullptr;
  for (Worker* worker : pool.workers) {
    if (!worker->id) mine = worker;
  }
  if (!mine) pool.workers.push_back(mine = new Worker);
  mine->id = static_cast<unsigned long>(pthread_self());
  this_worker = mine;
  return mine;
}

// The body of a thread of the pool. Python's end may end the thread in RestoreThread: nothing here has a
// destructor then.
PyObject* serve(PyObject*, PyObject*) {
  Worker* worker = enter();
  uint64_t collections = 0;
  for (;;) {
    PyThreadState* state = api.PyEval_SaveThread();
    Next next = take(worker, &collections);
    if (next == Next::kEnd) {
      {
        std::lock_guard lock(pool.lock);
        worker->id = 0;
        --pool.threads;
        pool.ended.notify_all();
      }
      api.PyEval_RestoreThread(state);
      break;
    }
    api.PyEval_RestoreThread(state);
    if (next == Next::kCollect) {
      collect();
    } else {
      run_some(worker);
    }
  }
  api.Py_IncRef(none());
  return none();
}

// Attached. False: an exception is pending.
bool start_thread(PyObject* (*body)(PyObject*, PyObject*), int number) {
  static PyMethodDef served = {"serve", serve, kMethNoArgs, nullptr};
  static PyMethodDef kept = {"keep", nullptr, kMethNoArgs, nullptr};
  PyMethodDef* definition = body == serve ? &served : &kept;
  definition->run = body;
  Ref function = Ref::steal(api.PyCFunction_NewEx(definition, nullptr, nullptr));
  Ref index = Ref::steal(api.PyLong_FromLongLong(number));
  if (!function || !index) return false;
  PyObject* arguments[] = {function.get(), index.get()};
  return static_cast<bool>(Ref::steal(api.PyObject_Vectorcall(pool.start, arguments, 2, nullptr)));
}

// What the process has computed so far.
clock::duration computed() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Under the lock, detached. Whether jobs have waited for so long that the threads must be blocked: true once
// one more is wanted, false if none is any more.
bool wait_for_jobs(std::unique_lock<std::mutex>& lock, clock::duration* slow) {
  auto since = clock::now();
  uint64_t first = pool.sequence;
  while (!pool.closed && pool.first && !pool.sleeping) {
    auto before = computed();
    auto start = clock::now();
    pool.growth.wait_for(lock, kGrowth, [] { return pool.closed; });
    auto now = clock::now();
    bool computing = (computed() - before) * 10 > (now - start) * 7 * (layout.free_threaded ? cores : 1);
    if (pool.closed || !pool.first || pool.sleeping) return false;
    if (!computing && pool.first->sequence <= first) return true;
    if (computing && now - since > *slow) {
      *slow *= 2;
      return true;
    }
    if (!computing) first = pool.sequence;
  }
  return false;
}

// Under the lock, detached. Waits until one more thread is wanted; false at the end. As many as there are
// cores come at once, others for jobs that have waited for long: the threads are blocked.
bool wait_for_growth(std::unique_lock<std::mutex>& lock) {
  auto wanted = [] { return pool.first && !pool.sleeping && pool.threads < pool.most; };
  static clock::duration slow = kSlowGrowth;  // of the one keeper
  while (!pool.closed) {
    if (!wanted()) {
      pool.growing = false;
      slow = kSlowGrowth;
      pool.growth.wait(lock, [] { return pool.closed || pool.growing; });
      continue;
    }
    pool.growing = true;
    if (pool.threads < cores) return true;
    if (wait_for_jobs(lock, &slow)) return true;
  }
  return false;
}

// The body of the thread that starts the others, so that nobody who submits waits for that.
PyObject* keep(PyObject*, PyObject*) {
  PyThreadState* state = api.PyEval_SaveThread();
  std::unique_lock lock(pool.lock);
  while (wait_for_growth(lock)) {
    ++pool.threads;
    int number = ++pool.started;
    lock.unlock();
    api.PyEval_RestoreThread(state);
    bool started = start_thread(serve, number);
    // The system has no more of them. Those that there are go on, and it is tried again while jobs wait.
    if (!started) api.PyErr_WriteUnraisable(pool.start);
    state = api.PyEval_SaveThread();
    lock.lock();
    if (!started) {
      --pool.threads;
      pool.growth.wait_for(lock, std::chrono::seconds(1), [] { return pool.closed; });
    }
  }
  --pool.keepers;
  pool.ended.notify_all();
  lock.unlock();
  api.PyEval_RestoreThread(state);
  api.Py_IncRef(none());
  return none();
}

// Attached.
void interrupt_worker(Worker* worker, PyObject* exception) {
  std::lock_guard lock(worker->lock);
  if (!worker->job) return;
  worker->interrupted = true;
  api.PyThreadState_SetAsyncExc(worker->id, exception);
}

// Their native part is over; what is left is Python's own end of a thread.
bool join_threads(Thread* self) {
  Attached attached(self);
  if (!attached) return true;
  Ref module = Ref::steal(api.PyImport_ImportModule("caduceus._pool"));
  Ref join = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "join") : nullptr);
  Ref seconds = Ref::steal(api.PyFloat_FromDouble(0.5));
  PyObject* argument = seconds.get();
  Ref done = Ref::steal(join ? api.PyObject_Vectorcall(join.get(), &argument, 1, nullptr) : nullptr);
  if (!done) api.PyErr_WriteUnraisable(join.get());
  return static_cast<bool>(done);
}

}  // namespace

bool begin_pool(PyObject* start, int most) {
  {
    std::lock_guard lock(pool.lock);
    if (pool_begun.load() || pool.keepers) return true;
    pool.most = most;
    ++pool.keepers;
    api.Py_IncRef(start);
    pool.start = start;
  }
  bool started = start_thread(keep, 0);
  std::lock_guard lock(pool.lock);
  if (!started) --pool.keepers;
  pool_begun.store(started);
  return started;
}

void now_awaits(Thread* owner) {
  if (this_worker) this_worker->awaits.store(owner);
}

bool pool_is_here() { return is_here(worker_processor); }

bool submit(Job* job) {
  Wake whom;
  submitter_processor.store(this_processor(), std::memory_order_relaxed);
  {
    std::lock_guard lock(pool.lock);
    if (pool.closed) return false;
    link(job);
    whom = whom_to_wake();
  }
  wake(whom);
  return true;
}

Revoked revoke(Job* job) {
  Worker* worker;
  {
    std::lock_guard lock(pool.lock);
    if (job->waiting) {
      unlink(job);
      return Revoked::kNeverRuns;
    }
    worker = job->worker;
  }
  std::lock_guard lock(worker->lock);
  if (worker->job != job || worker->begun) return Revoked::kRuns;
  worker->job = nullptr;
  return Revoked::kNeverRuns;
}

void interrupt(Job* job, PyObject* exception) {
  Worker* worker = job->worker;
  std::lock_guard lock(worker->lock);
  if (worker->job != job) return;
  worker->interrupted = true;
  api.PyThreadState_SetAsyncExc(worker->id, exception);
}

bool end_pool(int patience) {
  auto start = clock::now();
  std::unique_lock lock(pool.lock);
  if (!pool_begun.load()) return true;
  pool.closed = true;
  pool.work.notify_all();
  pool.growth.notify_all();
  std::vector<Worker*> all = pool.workers;
  // Doubled each time: what an interrupted job cleans up is not to be interrupted again at once.
  auto interval = milliseconds(0);
  Thread* self = Thread::peek();
  auto left = [&] {
    // Those that wait for this thread do so in vain: it has been asked to end inside their callback. Not at
    // once, since those whose call was refused wait no longer, and go on.
    if (!self || clock::now() - start < milliseconds(50)) return pool.threads;
    int waiting = 0;
    for (Worker* worker : all) waiting += worker->id && worker->awaits.load() == self;
    return pool.threads - waiting;
  };
  auto over = [&] { return left() == 0 && pool.keepers == 0; };
  for (;;) {
    PyThreadState* held = self && self->attached ? self->state : already_attached();
    if (held) {
      lock.unlock();
      api.PyEval_SaveThread();
      lock.lock();
    }
    bool ended = pool.ended.wait_for(lock, interval, over), all_ended = pool.threads == 0;
    lock.unlock();
    if (held) api.PyEval_RestoreThread(held);
    if (ended) return all_ended && join_threads(self);
    if (clock::now() - start > milliseconds(patience)) return false;
    interval = std::max(interval * 2, milliseconds(100));
    if (Attached attached(self); attached) {
      for (Worker* worker : all) interrupt_worker(worker, *api.PyExc_KeyboardInterrupt);
    }
    lock.lock();
  }
}

void let_pool_collect() {
  if (!layout.free_threaded || !pool_begun.load()) return;
  {
    std::lock_guard lock(pool.lock);
    ++pool.collections;
  }
  pool.work.notify_all();
}

}  // namespace caduceus::py
