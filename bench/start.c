/*
 * How long a program takes to be there, and what it costs to have it there.
 *
 *   gcc -O2 -std=gnu11 -o start bench/start.c bench/load/process.c
 *   start server PORT COMMAND...   until PORT is bound on both protocols of 127.0.0.1
 *   start whole COMMAND...         until it ends
 *
 * Prints one line of JSON. Of a server also: when its first line of output came, the round trips of
 * the first messages sent after that, in turn on TCP and UDP, and its memory when it has rested for
 * a second. The server is then ended by SIGTERM, and by SIGKILL if that does not help.
 */
#define _GNU_SOURCE /* pipe2 */
#include "load/process.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  FIRST_MESSAGES = 100, /* on each protocol */
  MESSAGE = 64,
  REST_MILLIS = 1000,
  PATIENCE_MILLIS = 60000, /* for the start */
  END_MILLIS = 10000,
  LISTEN = 0x0A, /* a state of /proc/net/tcp, include/net/tcp_states.h */
};

static pid_t program;
static int output; /* of the program */
static int64_t started_at, first_line_at;

static int64_t clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double millis_since_start(int64_t at) {
  return (at - started_at) / 1e6;
}

_Noreturn static void fail(const char *what) {
  fprintf(stderr, "start: %s\n", what);
  if (program > 0) {
    kill(program, SIGKILL);
  }
  exit(1);
}

static void run(char **command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    fail("pipe2");
  }
  started_at = clock_now();
  program = fork();
  if (program == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive us */
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
  }
  if (program < 0) {
    fail("fork");
  }
  close(ends[1]);
  output = ends[0];
}

/* Reads what the program prints, so that it never waits for us; false when it closed its output. */
static bool read_output(int wait_millis) {
  char bytes[4096];
  struct pollfd readable = {.fd = output, .events = POLLIN};
  if (poll(&readable, 1, wait_millis) <= 0) {
    return true;
  }
  ssize_t n = read(output, bytes, sizeof bytes);
  if (n > 0 && first_line_at == 0 && memchr(bytes, '\n', n) != NULL) {
    first_line_at = clock_now();
  }
  return n > 0 || (n < 0 && errno == EINTR);
}

static bool bound_in(const char *table, unsigned port, bool listening) {
  FILE *file = fopen(table, "re");
  char line[512];
  bool found = false;
  while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
    unsigned local, state;
    found = sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local, &state) == 2 &&
            local == port && (!listening || state == LISTEN);
  }
  if (file != NULL) {
    fclose(file);
  }
  return found;
}

static bool bound(unsigned port) {
  return (bound_in("/proc/net/tcp", port, true) || bound_in("/proc/net/tcp6", port, true)) &&
         (bound_in("/proc/net/udp", port, false) || bound_in("/proc/net/udp6", port, false));
}

static int connected(int type, unsigned port) {
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons(port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval patience = {.tv_sec = 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (type == SOCK_STREAM) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
    fail("the server takes no connection");
  }
  return fd;
}

static int64_t round_trip(int fd, int number) {
  uint8_t message[MESSAGE] = {number};
  int64_t sent_at = clock_now();
  if (send(fd, message, sizeof message, MSG_NOSIGNAL) < 0 ||
      recv(fd, message, sizeof message, MSG_WAITALL) != sizeof message) {
    fail("one of the first messages has no echo");
  }
  return clock_now() - sent_at;
}

static int by_size(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

static void print_trips(const char *protocol, int64_t *nanos) {
  qsort(nanos, FIRST_MESSAGES, sizeof *nanos, by_size);
  printf(",\"%sP50Nanos\":%lld,\"%sMaxNanos\":%lld", protocol,
         (long long)nanos[FIRST_MESSAGES / 2 - 1], protocol, (long long)nanos[FIRST_MESSAGES - 1]);
}

static void first_messages(unsigned port) {
  int64_t tcp_nanos[FIRST_MESSAGES], udp_nanos[FIRST_MESSAGES];
  int tcp = connected(SOCK_STREAM, port), udp = connected(SOCK_DGRAM, port);
  for (int i = 0; i < FIRST_MESSAGES; i++) {
    tcp_nanos[i] = round_trip(tcp, i);
    udp_nanos[i] = round_trip(udp, i);
  }
  close(tcp);
  close(udp);
  print_trips("tcp", tcp_nanos);
  print_trips("udp", udp_nanos);
}

static void end_program(void) {
  kill(program, SIGTERM);
  int64_t end = clock_now() + END_MILLIS * 1000000LL;
  bool open = true;
  while (waitpid(program, NULL, WNOHANG) == 0) {
    if (clock_now() > end) {
      kill(program, SIGKILL);
    }
    if (open) {
      open = read_output(1);
    } else {
      poll(NULL, 0, 1);
    }
  }
}

static void measure_server(unsigned port) {
  static struct usage used, none;
  int64_t bound_at = 0, give_up_at = started_at + PATIENCE_MILLIS * 1000000LL;
  while (bound_at == 0 || first_line_at == 0) {
    if (!read_output(bound_at == 0 ? 0 : 1) || clock_now() > give_up_at) {
      fail("the server does not start");
    }
    if (bound_at == 0 && bound(port)) {
      bound_at = clock_now();
    } else if (bound_at == 0) {
      poll(NULL, 0, 1);
    }
  }
  printf("{\"millis\":%.1f,\"lineMillis\":%.1f", millis_since_start(bound_at),
         millis_since_start(first_line_at));
  first_messages(port);
  for (int64_t end = clock_now() + REST_MILLIS * 1000000LL; clock_now() < end;) {
    read_output(10);
  }
  usage_read(&used, program);
  int64_t busiest;
  printf(",\"processorMillis\":%.1f,\"residentKib\":%lld}\n", usage_nanos(&none, &used, &busiest) / 1e6,
         (long long)used.resident_kib);
  end_program();
}

static void measure_whole(void) {
  while (read_output(PATIENCE_MILLIS)) {
    if (clock_now() - started_at > PATIENCE_MILLIS * 1000000LL) {
      fail("the program does not end");
    }
  }
  int status;
  struct rusage used;
  if (wait4(program, &status, 0, &used) < 0) {
    fail("wait4");
  }
  double processor = used.ru_utime.tv_sec * 1e3 + used.ru_utime.tv_usec / 1e3 +
                     used.ru_stime.tv_sec * 1e3 + used.ru_stime.tv_usec / 1e3;
  printf("{\"millis\":%.1f,\"processorMillis\":%.1f,\"residentKib\":%ld,\"exit\":%d}\n",
         millis_since_start(clock_now()), processor, used.ru_maxrss,
         WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int main(int argc, char **argv) {
  bool server = argc >= 4 && strcmp(argv[1], "server") == 0;
  if (!server && !(argc >= 3 && strcmp(argv[1], "whole") == 0)) {
    fprintf(stderr, "usage: start server PORT COMMAND... | start whole COMMAND...\n");
    return 2;
  }
  run(argv + (server ? 3 : 2));
  if (server) {
    measure_server(atoi(argv[2]));
  } else {
    measure_whole();
  }
  return 0;
}
