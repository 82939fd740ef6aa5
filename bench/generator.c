/*
 * The yardstick for the load generator: one thread on epoll, a closed loop, nothing verified.
 *
 *   gcc -O2 -std=gnu11 -o generator bench/generator.c
 *   generator tcp|udp HOST PORT CONNECTIONS DEPTH SIZE WARMUP_SECONDS SECONDS
 *
 * Keeps DEPTH messages of SIZE bytes in flight on each of CONNECTIONS sockets: an echo is answered
 * with the next message at once. Runs WARMUP_SECONDS, then counts echoes for SECONDS, and prints
 * one line of JSON. A datagram without an echo for a second is lost, counted and replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, CHUNK = 65536, MAX_DATAGRAM = 65507, RECEIVE_BUFFER = 4 << 20 };

static const int64_t SECOND = 1000000000;
static const int64_t LOST_AFTER = 1000000000;
static const int64_t LOOK_FOR_LOST_EVERY = 100000000;

/*
 * A datagram in flight. Its ticket travels in its first bytes, and ticket % depth is its place, so
 * an echo that comes after its replacement was sent is recognised and not answered: the number in
 * flight stays what was asked for. It also makes every datagram of a socket different, as an echo
 * server may refuse one that goes around and around.
 */
struct flight {
  uint64_t ticket;
  int64_t sent_at;
};

struct connection {
  int fd;
  struct flight *flights; /* UDP: one for each of depth */
  size_t partial;         /* TCP: bytes of an incomplete echo */
  size_t unsent;          /* TCP: bytes that the kernel did not take yet */
  bool waits_for_room;    /* TCP */
};

static int epoll;
static size_t depth;
static size_t size;
static int64_t now; /* read once a round: for what is done with it, a round is short */
static uint64_t echoes;
static uint64_t lost;
static uint8_t chunk[CHUNK];   /* received and forgotten */
static uint8_t message[CHUNK]; /* zeros, so a stream can go on anywhere; UDP: ticket in front */

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static void watch(int operation, struct connection *c, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &event) < 0) {
    fail("epoll_ctl");
  }
}

static void write_unsent(struct connection *c) {
  while (c->unsent > 0) {
    size_t n = c->unsent < sizeof message ? c->unsent : sizeof message;
    ssize_t sent = send(c->fd, message, n, MSG_NOSIGNAL);
    if (sent >= 0) {
      c->unsent -= sent;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      fail("send");
    }
  }
  if (c->waits_for_room != (c->unsent > 0)) {
    c->waits_for_room = !c->waits_for_room;
    watch(EPOLL_CTL_MOD, c, c->waits_for_room ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

static void on_tcp(struct connection *c) {
  ssize_t n = read(c->fd, chunk, sizeof chunk);
  if (n == 0) {
    fprintf(stderr, "the server closed a connection\n");
    exit(1);
  }
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) {
      fail("read");
    }
    n = 0; /* room to write is all there was */
  }
  c->partial += n;
  if (c->partial >= size) {
    size_t whole = c->partial / size;
    c->partial -= whole * size;
    c->unsent += whole * size;
    echoes += whole;
  }
  write_unsent(c);
}

/* What the kernel does not take is not tried again: it is a loss like any other on the way. */
static void send_datagram(struct connection *c, struct flight *flight) {
  flight->sent_at = now;
  memcpy(message, &flight->ticket, sizeof flight->ticket);
  if (send(c->fd, message, size, 0) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
    fail("send");
  }
}

static void on_udp(struct connection *c) {
  /* With one in flight this is one call; a second one could only find nothing. */
  for (size_t i = 0; i < depth; i++) {
    ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) {
        fail("recv");
      }
      return;
    }
    uint64_t ticket;
    memcpy(&ticket, chunk, sizeof ticket);
    struct flight *flight = &c->flights[ticket % depth];
    if ((size_t)n == size && flight->ticket == ticket) {
      echoes++;
      flight->ticket += depth;
      send_datagram(c, flight);
    }
  }
}

static void replace_lost(struct connection *c) {
  for (size_t i = 0; i < depth; i++) {
    struct flight *flight = &c->flights[i];
    if (now - flight->sent_at >= LOST_AFTER) {
      lost++;
      flight->ticket += depth;
      send_datagram(c, flight);
    }
  }
}

static void open_connection(struct connection *c, const struct addrinfo *to) {
  c->fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
  if (c->fd < 0) {
    fail("socket");
  }
  if (connect(c->fd, to->ai_addr, to->ai_addrlen) < 0) {
    fail("connect");
  }
  if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0) {
    fail("O_NONBLOCK");
  }
  if (to->ai_socktype == SOCK_STREAM) {
    /* Or Nagle would hold the next message back until the last one is acknowledged. */
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  } else {
    /* The echoes of one batch come at once: they should wait here and not be dropped. */
    int buffer = RECEIVE_BUFFER;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  watch(EPOLL_CTL_ADD, c, EPOLLIN);
}

static void first_messages(struct connection *c, bool tcp) {
  if (tcp) {
    c->unsent = depth * size;
    write_unsent(c);
    return;
  }
  c->flights = calloc(depth, sizeof *c->flights);
  if (c->flights == NULL) {
    fail("calloc");
  }
  for (size_t i = 0; i < depth; i++) {
    c->flights[i].ticket = i;
    send_datagram(c, &c->flights[i]);
  }
}

static void run_until(int64_t end, struct connection *connections, size_t count, bool tcp) {
  static int64_t look_for_lost_at;
  struct epoll_event events[EVENTS];
  while (now < end) {
    int n = epoll_wait(epoll, events, EVENTS, LOOK_FOR_LOST_EVERY / 1000000);
    if (n < 0 && errno != EINTR) {
      fail("epoll_wait");
    }
    now = clock_now();
    for (int i = 0; i < n; i++) {
      if (tcp) {
        on_tcp(events[i].data.ptr);
      } else {
        on_udp(events[i].data.ptr);
      }
    }
    if (!tcp && now >= look_for_lost_at) {
      look_for_lost_at = now + LOOK_FOR_LOST_EVERY;
      for (size_t i = 0; i < count; i++) {
        replace_lost(&connections[i]);
      }
    }
  }
}

static long number(const char *text, long min, long max) {
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < min || value > max) {
    fprintf(stderr, "%s: not a number from %ld to %ld\n", text, min, max);
    exit(2);
  }
  return value;
}

int main(int argc, char **argv) {
  if (argc != 9 || (strcmp(argv[1], "tcp") != 0 && strcmp(argv[1], "udp") != 0)) {
    fprintf(stderr,
            "usage: generator tcp|udp HOST PORT CONNECTIONS DEPTH SIZE WARMUP_SECONDS SECONDS\n");
    return 2;
  }
  bool tcp = strcmp(argv[1], "tcp") == 0;
  size_t count = number(argv[4], 1, 60000);
  depth = number(argv[5], 1, 65536);
  size = number(argv[6], sizeof(uint64_t), MAX_DATAGRAM);
  long warmup = number(argv[7], 0, 3600);
  long seconds = number(argv[8], 1, 3600);

  struct addrinfo hints = {.ai_socktype = tcp ? SOCK_STREAM : SOCK_DGRAM};
  struct addrinfo *to;
  int error = getaddrinfo(argv[2], argv[3], &hints, &to);
  if (error != 0) {
    fprintf(stderr, "%s %s: %s\n", argv[2], argv[3], gai_strerror(error));
    return 1;
  }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    fail("epoll_create1");
  }
  struct connection *connections = calloc(count, sizeof *connections);
  if (connections == NULL) {
    fail("calloc");
  }
  for (size_t i = 0; i < count; i++) {
    open_connection(&connections[i], to);
  }
  freeaddrinfo(to);

  now = clock_now();
  int64_t begin = now;
  for (size_t i = 0; i < count; i++) {
    first_messages(&connections[i], tcp);
  }
  run_until(begin + warmup * SECOND, connections, count, tcp);
  begin = now;
  echoes = 0;
  lost = 0;
  run_until(begin + seconds * SECOND, connections, count, tcp);

  double elapsed = (double)(now - begin) / SECOND;
  printf("{\"protocol\":\"%s\",\"connections\":%zu,\"depth\":%zu,\"size\":%zu,\"seconds\":%.3f,"
         "\"messages\":%llu,\"perSecond\":%.0f,\"lost\":%llu}\n",
         argv[1], count, depth, size, elapsed, (unsigned long long)echoes, echoes / elapsed,
         (unsigned long long)lost);
  return 0;
}
