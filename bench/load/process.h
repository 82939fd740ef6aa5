/* What a process and its descendants have used so far, as /proc tells it. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_THREADS = 4096 };

struct usage {
  size_t threads;
  struct {
    pid_t id;
    int64_t nanos; /* on a core, user and kernel (Documentation/scheduler/sched-stats.rst) */
  } thread[MAX_THREADS];
  int64_t resident_kib;
};

/* Threads beyond MAX_THREADS, and what has ended meanwhile, are left out. */
void usage_read(struct usage *u, pid_t process);

/* Processor time between two readings, of all threads, and of the one that used most. */
int64_t usage_nanos(const struct usage *before, const struct usage *after, int64_t *busiest);
