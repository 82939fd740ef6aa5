#include "process.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_proc(pid_t process, pid_t thread, const char *file) {
  char path[64];
  if (thread == 0) {
    snprintf(path, sizeof path, "/proc/%d/%s", process, file);
  } else {
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", process, thread, file);
  }
  return fopen(path, "re");
}

static void add_resident(struct usage *u, pid_t process) {
  FILE *status = open_proc(process, 0, "status");
  char line[256];
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "VmRSS:", 6) == 0) {
      u->resident_kib += strtoll(line + 6, NULL, 10);
    }
  }
  if (status != NULL) {
    fclose(status);
  }
}

static void add_process(struct usage *u, pid_t process) {
  add_resident(u, process);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *tasks = opendir(path);
  if (tasks == NULL) {
    return; /* it ended */
  }
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL && u->threads < MAX_THREADS;) {
    pid_t thread = atoi(entry->d_name);
    FILE *file = thread == 0 ? NULL : open_proc(process, thread, "schedstat");
    long long nanos;
    if (file != NULL) {
      if (fscanf(file, "%lld", &nanos) == 1) {
        u->thread[u->threads].id = thread;
        u->thread[u->threads++].nanos = nanos;
      }
      fclose(file);
    }
    /* Servers that fork have one for each connection. */
    FILE *children = thread == 0 ? NULL : open_proc(process, thread, "children");
    int child;
    while (children != NULL && fscanf(children, "%d", &child) == 1) {
      add_process(u, child);
    }
    if (children != NULL) {
      fclose(children);
    }
  }
  closedir(tasks);
}

void usage_read(struct usage *u, pid_t process) {
  u->threads = 0;
  u->resident_kib = 0;
  if (process != 0) {
    add_process(u, process);
  }
}

int64_t usage_nanos(const struct usage *before, const struct usage *after, int64_t *busiest) {
  int64_t sum = 0;
  *busiest = 0;
  for (size_t i = 0; i < after->threads; i++) {
    int64_t nanos = after->thread[i].nanos;
    for (size_t j = 0; j < before->threads; j++) {
      if (before->thread[j].id == after->thread[i].id) {
        nanos -= before->thread[j].nanos;
        break;
      }
    }
    sum += nanos;
    if (nanos > *busiest) {
      *busiest = nanos;
    }
  }
  return sum;
}
