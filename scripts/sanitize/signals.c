// Preloaded beside the thread sanitizer, which holds a signal back until the thread makes a call that the sanitizer
// knows. It knows few of the calls in which Python waits, and none in a loop: handlers of the signals that wake, interrupt
// and end are set past it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>

typedef int Set(int, const struct sigaction*, struct sigaction*);

int __sigaction(int, const struct sigaction*, struct sigaction*);

int sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
  static Set* next;
  if (signal == SIGURG || signal == SIGINT || signal == SIGTERM || signal == SIGHUP) {
    return __sigaction(signal, action, old);
  }
  if (!next) next = (Set*)dlsym(RTLD_NEXT, "sigaction");
  return next(signal, action, old);
}
