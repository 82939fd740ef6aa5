/*
 * The yardstick for the load generator, and the load of the server's bench: nothing verified, an
 * event loop on epoll for each thread.
 *
 *   gcc -O2 -std=gnu11 -pthread -o generator bench/generator.c bench/load/[a-z]*.c -lm
 *   generator tcp|udp HOST PORT CONNECTIONS DEPTH SIZE WARMUP_SECONDS SECONDS [OPTIONS]
 *
 * Closed loop: keeps DEPTH messages of SIZE bytes in flight on each of CONNECTIONS sockets: an echo
 * is answered with the next message at once. With --rate, open loop: messages leave when they are
 * due, whatever comes back, at most DEPTH in flight on each; a message that had to wait was late, and
 * its latency counts from when it was due. Runs WARMUP_SECONDS, then counts echoes for SECONDS, and
 * prints one line of JSON. A datagram without an echo for a second is lost, counted and replaced.
 */
#include "load/load.h"
#include "load/process.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, MAX_THREADS_HERE = 64, WAIT_MILLIS = 100, IDLE_PATIENCE_SECONDS = 10 };

static const char USAGE[] =
    "usage: generator tcp|udp HOST PORT CONNECTIONS DEPTH SIZE WARMUP_SECONDS SECONDS [OPTIONS]\n"
    "  --rate N               open loop: N messages a second in all, with exponential gaps\n"
    "  --send each|burst|gso  udp: one call for a message; DEPTH at once by sendmmsg; by UDP_SEGMENT\n"
    "  --sources N            udp to 127.0.0.0/8: each socket sends from N addresses in turn\n"
    "  --idle N               tcp: N more connections, which have one message echoed and then rest\n"
    "  --threads N            event loops, each with its share of the connections\n"
    "  --server PID           also prints what this process and its children use meanwhile\n";

struct run {
  struct options options;
  size_t threads, idle;
  pid_t server;
  int64_t warmup_nanos, counted_nanos;
  /* Read by the first thread at both ends of the counted time. */
  struct usage before, after;
  int64_t begin, end;
};

static struct run run;
static pthread_barrier_t connected;

void fail(const char *what) {
  perror(what);
  exit(1);
}

int64_t clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

void *allocate(size_t count, size_t size) {
  void *bytes = calloc(count, size);
  if (bytes == NULL) {
    fail("calloc");
  }
  return bytes;
}

void watch(struct worker *w, struct connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(w->epoll, operation, c->fd, &event) < 0) {
    fail("epoll_ctl");
  }
}

/* Blocking, so that it returns once the connection stands. */
static int connected_socket(bool connect_it) {
  const struct addrinfo *to = run.options.to;
  int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fail("socket");
  }
  struct sockaddr_in any = {.sin_family = AF_INET};
  if (connect_it ? connect(fd, to->ai_addr, to->ai_addrlen) : bind(fd, (struct sockaddr *)&any, sizeof any)) {
    fail(connect_it ? "connect" : "bind");
  }
  return fd;
}

static void open_connection(struct worker *w, struct connection *c) {
  c->fd = connected_socket(run.options.sources == 0);
  if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0) {
    fail("O_NONBLOCK");
  }
  if (run.options.tcp) {
    tcp_prepare(w, c);
  } else {
    udp_prepare(w, c);
  }
  watch(w, c, EPOLL_CTL_ADD, EPOLLIN);
}

/* An echo shows that the server has accepted; what the kernel alone has accepted costs it nothing. */
static void open_idle(void) {
  uint8_t message[8] = {0};
  struct timeval patience = {.tv_sec = IDLE_PATIENCE_SECONDS};
  struct linger reset = {.l_onoff = 1}; /* or the next run would find its ports in TIME_WAIT */
  for (size_t i = 0; i < run.idle; i++) {
    int fd = connected_socket(true);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (send(fd, message, sizeof message, MSG_NOSIGNAL) < 0 ||
        recv(fd, message, sizeof message, MSG_WAITALL) != sizeof message) {
      fprintf(stderr, "of %zu idle connections number %zu gets no echo\n", run.idle, i + 1);
      exit(1);
    }
  }
  if (run.idle > 0) {
    fprintf(stderr, "%zu idle connections stand\n", run.idle);
  }
}

/* xorshift64*, seeded alike in each run: every server gets the same gaps. */
static double exponential(struct worker *w) {
  w->random ^= w->random >> 12;
  w->random ^= w->random << 25;
  w->random ^= w->random >> 27;
  double uniform = (double)((w->random * 0x2545F4914F6CDD1DULL) >> 11) / (1ULL << 53);
  return -log1p(-uniform);
}

/* A connection with DEPTH in flight holds the schedule up; what is late is counted from when it was due. */
static void send_due(struct worker *w) {
  for (int i = 0; i < DUE_AT_ONCE && w->due <= w->now; i++) {
    struct connection *c = &w->connections[w->turn];
    if (run.options.tcp) {
      if (c->in_flight == run.options.depth) {
        return;
      }
      tcp_send(w, c, 1, w->due);
    } else if (!udp_send_due(w, c, w->due)) {
      return;
    }
    histogram_add(&w->late, w->now - w->due, 1);
    w->turn = w->turn + 1 < w->count ? w->turn + 1 : 0;
    w->due += w->gap * exponential(w);
    w->now = clock_now();
  }
}

/* The open loop never sleeps, or its timer's delay would count as the server's. */
static void run_until(struct worker *w, int64_t end) {
  struct epoll_event events[EVENTS];
  bool open = run.options.rate > 0;
  while (w->now < end) {
    int n = epoll_wait(w->epoll, events, EVENTS, open ? 0 : WAIT_MILLIS);
    if (n < 0 && errno != EINTR) {
      fail("epoll_wait");
    }
    w->now = clock_now(); /* once a round in the closed loop: for what is done with it, a round is short */
    for (int i = 0; i < n; i++) {
      if (run.options.tcp) {
        tcp_readable(w, events[i].data.ptr);
      } else {
        udp_readable(w, events[i].data.ptr);
      }
      if (open) {
        w->now = clock_now();
      }
    }
    if (open) {
      send_due(w);
    }
    if (!run.options.tcp) {
      udp_look_for_lost(w);
    }
  }
}

static void begin_load(struct worker *w) {
  w->now = clock_now();
  if (run.options.rate > 0) {
    w->gap = SECOND * run.threads / run.options.rate;
    w->random = w->index + 1;
    w->due = w->now + w->gap * exponential(w);
    return;
  }
  for (size_t i = 0; i < w->count; i++) {
    if (run.options.tcp) {
      tcp_send(w, &w->connections[i], run.options.depth, w->now);
    } else {
      udp_first(w, &w->connections[i]);
    }
  }
}

static void *work(void *worker) {
  struct worker *w = worker;
  w->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (w->epoll < 0) {
    fail("epoll_create1");
  }
  w->connections = allocate(w->count, sizeof *w->connections);
  for (size_t i = 0; i < w->count; i++) {
    open_connection(w, &w->connections[i]);
  }
  pthread_barrier_wait(&connected);
  begin_load(w);
  run_until(w, w->now + run.warmup_nanos);
  if (w->index == 0) {
    usage_read(&run.before, run.server);
    run.begin = clock_now();
  }
  w->echoes = w->lost = 0;
  memset(&w->latency, 0, sizeof w->latency);
  memset(&w->late, 0, sizeof w->late);
  run_until(w, w->now + run.counted_nanos);
  if (w->index == 0) {
    run.end = clock_now();
    usage_read(&run.after, run.server);
  }
  return NULL;
}

static double number(const char *text, double min, double max, bool whole) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= min && value <= max) || (whole && value != floor(value))) {
    fprintf(stderr, "%s: not a %snumber from %.15g to %.15g\n", text, whole ? "whole " : "", min, max);
    exit(2);
  }
  return value;
}

static bool usage_error(const char *message) {
  fprintf(stderr, "generator: %s\n%s", message, USAGE);
  exit(2);
}

static void read_option(int option) {
  struct options *o = &run.options;
  switch (option) {
    case 'r':
      o->rate = number(optarg, 1, 1e8, false);
      break;
    case 's':
      o->sending = strcmp(optarg, "each") == 0    ? EACH
                   : strcmp(optarg, "burst") == 0 ? BURST
                   : strcmp(optarg, "gso") == 0   ? GSO
                                                  : (enum sending)usage_error("--send each|burst|gso");
      break;
    case 'a':
      o->sources = number(optarg, 1, 1 << 20, true);
      break;
    case 'i':
      run.idle = number(optarg, 1, 1000000, true);
      break;
    case 't':
      run.threads = number(optarg, 1, MAX_THREADS_HERE, true);
      break;
    case 'p':
      run.server = number(optarg, 1, 1 << 22, true);
      break;
    default:
      usage_error("see above");
  }
}

static void read_arguments(int argc, char **argv) {
  static const struct option OPTIONS[] = {
      {"rate", required_argument, NULL, 'r'},   {"send", required_argument, NULL, 's'},
      {"sources", required_argument, NULL, 'a'}, {"idle", required_argument, NULL, 'i'},
      {"threads", required_argument, NULL, 't'}, {"server", required_argument, NULL, 'p'},
      {NULL, 0, NULL, 0}};
  run.threads = 1;
  for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
    read_option(option);
  }
  char **rest = argv + optind;
  if (argc - optind != 8 || (strcmp(rest[0], "tcp") != 0 && strcmp(rest[0], "udp") != 0)) {
    usage_error("eight arguments are needed");
  }
  struct options *o = &run.options;
  o->tcp = strcmp(rest[0], "tcp") == 0;
  o->connections = number(rest[3], 1, 60000, true);
  o->depth = number(rest[4], 1, 65536, true);
  o->size = number(rest[5], sizeof(uint64_t), o->tcp ? 1 << 20 : MAX_DATAGRAM, true);
  run.warmup_nanos = number(rest[6], 0, 3600, false) * SECOND;
  run.counted_nanos = number(rest[7], 0.01, 3600, false) * SECOND;
  if (run.threads > o->connections) {
    usage_error("more threads than connections");
  }
  if (o->sending != EACH && (o->tcp || o->rate > 0 || o->sources > 0 || o->depth > MAX_BURST)) {
    usage_error("bursts are a closed loop over udp, DEPTH at most 64, without --sources");
  }
  if (o->tcp ? o->sources > 0 : run.idle > 0) {
    usage_error("--sources is for udp, --idle for tcp");
  }
  struct addrinfo hints = {.ai_socktype = o->tcp ? SOCK_STREAM : SOCK_DGRAM,
                           .ai_family = o->sources > 0 ? AF_INET : AF_UNSPEC};
  struct addrinfo *to;
  int error = getaddrinfo(rest[1], rest[2], &hints, &to);
  if (error != 0) {
    fprintf(stderr, "%s %s: %s\n", rest[1], rest[2], gai_strerror(error));
    exit(1);
  }
  o->to = to;
}

static void print_result(struct worker *workers) {
  static struct histogram latency, late;
  uint64_t echoes = 0, lost = 0;
  for (size_t i = 0; i < run.threads; i++) {
    echoes += workers[i].echoes;
    lost += workers[i].lost;
    histogram_merge(&latency, &workers[i].latency);
    histogram_merge(&late, &workers[i].late);
  }
  const struct options *o = &run.options;
  double elapsed = (double)(run.end - run.begin) / SECOND;
  printf("{\"protocol\":\"%s\",\"connections\":%zu,\"depth\":%zu,\"size\":%zu,\"seconds\":%.3f,"
         "\"messages\":%llu,\"perSecond\":%.0f,\"lost\":%llu,"
         "\"p50Nanos\":%lld,\"p99Nanos\":%lld,\"maxNanos\":%lld",
         o->tcp ? "tcp" : "udp", o->connections, o->depth, o->size, elapsed,
         (unsigned long long)echoes, echoes / elapsed, (unsigned long long)lost,
         (long long)histogram_at(&latency, 0.5), (long long)histogram_at(&latency, 0.99),
         (long long)latency.max);
  if (o->rate > 0) {
    printf(",\"rate\":%.0f,\"lateP99Nanos\":%lld", o->rate, (long long)histogram_at(&late, 0.99));
  }
  if (run.server != 0) {
    int64_t busiest;
    int64_t nanos = usage_nanos(&run.before, &run.after, &busiest);
    printf(",\"serverNanos\":%lld,\"serverBusiestThreadNanos\":%lld,\"serverResidentKib\":%lld",
           (long long)nanos, (long long)busiest, (long long)run.after.resident_kib);
  }
  puts("}");
}

int main(int argc, char **argv) {
  read_arguments(argc, argv);
  struct rlimit descriptors;
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  open_idle();
  struct worker *workers = allocate(run.threads, sizeof *workers);
  pthread_t threads[MAX_THREADS_HERE];
  pthread_barrier_init(&connected, NULL, run.threads);
  for (size_t i = 0; i < run.threads; i++) {
    size_t first = i * run.options.connections / run.threads;
    workers[i] = (struct worker){
        .options = &run.options,
        .index = i,
        .first = first,
        .count = (i + 1) * run.options.connections / run.threads - first};
    if (i > 0 && pthread_create(&threads[i], NULL, work, &workers[i]) != 0) {
      fail("pthread_create");
    }
  }
  work(&workers[0]); /* a process of one thread makes cheaper system calls */
  for (size_t i = 1; i < run.threads; i++) {
    pthread_join(threads[i], NULL);
  }
  print_result(workers);
  return 0;
}
