/* Preloaded: adds SLOWSYNC_MICROSECONDS to every fsync and fdatasync, to stand for a disk without power-loss
   protection. Build: gcc -O2 -shared -fPIC -o slowsync.so slowsync.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_disk(void) {
  const char *text = getenv("SLOWSYNC_MICROSECONDS");
  long microseconds = text ? atol(text) : 0;
  struct timespec pause = {microseconds / 1000000, (microseconds % 1000000) * 1000};
  if (microseconds > 0) nanosleep(&pause, NULL);
}

#define SLOW(name)                                              \
  int name(int fd) {                                            \
    static int (*real)(int);                                    \
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);    \
    wait_for_disk();                                            \
    return real(fd);                                            \
  }
SLOW(fsync)
SLOW(fdatasync)
