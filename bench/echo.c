/*
 * The yardstick for the server: an echo on one port number for TCP and UDP, one thread on epoll.
 *
 *   gcc -O2 -std=gnu11 -pthread -o echo bench/echo.c
 *   echo PORT [THREADS]   listens on 127.0.0.1 only, prints "ready" once both protocols are bound
 *
 * Further threads share nothing: each has sockets of its own, joined to the others' by SO_REUSEPORT.
 *
 * It does what an echo must (half-close, short writes, a peer that never reads, datagrams of any
 * size) and nothing else: no counters, no guard, no idle timeout. What Dualport needs beyond it is
 * the price of Dualport.
 */
#define _GNU_SOURCE /* accept4, recvmmsg, sendmmsg */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  EVENTS = 256,
  CHUNK = 65536,            /* bytes of one TCP read */
  RECEIVE_BUFFER = 4 << 20, /* as Dualport asks for; a burst should wait, not be dropped */
  BATCH = 64,               /* datagrams of one recvmmsg */
  DATAGRAM = 65536,         /* no UDP payload outgrows it, so nothing is ever cut */
  BATCHES_BEFORE_TCP = 16,  /* a flood of datagrams must not starve the connections */
  MAX_THREADS = 64,
};

/* What the kernel did not take yet. It exists only while output is stuck, one read at the most. */
struct connection {
  int fd;
  uint8_t *pending;
  size_t from, to;
};

struct sockets {
  int listener, udp;
};

/* Each thread's own. */
static _Thread_local int epoll;
static _Thread_local int listener;
static _Thread_local int udp;
static _Thread_local bool accept_paused;
static _Thread_local uint8_t chunk[CHUNK];

static _Thread_local uint8_t (*datagrams)[DATAGRAM];
static _Thread_local struct sockaddr_in peers[BATCH];
static _Thread_local struct iovec slices[BATCH];
static _Thread_local struct mmsghdr batch[BATCH];
static _Thread_local int batch_from, batch_to; /* received and not sent yet */

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int operation, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epoll, operation, fd, &event) < 0) {
    fail("epoll_ctl");
  }
}

static int bound(int type, uint16_t port, bool shared) {
  int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fail("socket");
  }
  /* For TCP only: a restart must not wait for TIME_WAIT. On UDP it would let others bind on top. */
  int on = 1;
  if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) {
    fail("SO_REUSEADDR");
  }
  if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) {
    fail("SO_REUSEPORT");
  }
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    fail(type == SOCK_STREAM ? "bind tcp" : "bind udp");
  }
  return fd;
}

/* Without a free descriptor a level-triggered listener would spin, so it rests until one closes. */
static void pause_accepting(bool pause) {
  if (pause != accept_paused) {
    accept_paused = pause;
    watch(EPOLL_CTL_MOD, listener, pause ? 0 : EPOLLIN, &listener);
  }
}

static void close_connection(struct connection *c) {
  close(c->fd);
  free(c->pending);
  free(c);
  pause_accepting(false);
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        pause_accepting(true);
        return;
      }
      if (errno == ECONNABORTED || errno == EINTR) {
        continue; /* this one is gone already; the next may be fine */
      }
      return;
    }
    /* An echo answers small with small: Nagle would make it wait for acknowledgements. */
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL) {
      fail("calloc");
    }
    c->fd = fd;
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
  }
}

/* Writes until done (true) or stuck; `*from` moves on. A broken connection gives -1. */
static int write_out(int fd, const uint8_t *bytes, size_t *from, size_t to) {
  while (*from < to) {
    ssize_t n = send(fd, bytes + *from, to - *from, MSG_NOSIGNAL);
    if (n >= 0) {
      *from += n;
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      return -1;
    }
  }
  return true;
}

/* Output is stuck: keep the rest and wait for room only. Not reading is what bounds the memory. */
static void keep(struct connection *c, size_t from, size_t to) {
  c->pending = malloc(to - from);
  if (c->pending == NULL) {
    fail("malloc");
  }
  memcpy(c->pending, chunk + from, to - from);
  c->from = 0;
  c->to = to - from;
  watch(EPOLL_CTL_MOD, c->fd, EPOLLOUT, c);
}

static void on_connection(struct connection *c, uint32_t events) {
  if (c->pending != NULL) {
    int done = (events & EPOLLERR) ? -1 : write_out(c->fd, c->pending, &c->from, c->to);
    if (done < 0) {
      close_connection(c);
    } else if (done) {
      free(c->pending);
      c->pending = NULL;
      watch(EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
    }
    return;
  }
  /* One read per event: a fast sender gets its next turn after everybody else had theirs. */
  ssize_t n = read(c->fd, chunk, sizeof chunk);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) {
      close_connection(c);
    }
    return;
  }
  if (n == 0) { /* nothing is pending here, or we would not read: all bytes are with the kernel */
    close_connection(c);
    return;
  }
  size_t from = 0;
  int done = write_out(c->fd, chunk, &from, n);
  if (done < 0) {
    close_connection(c);
  } else if (!done) {
    keep(c, from, n);
  }
}

/* Sends what was received; false if the send buffer is full, and the rest waits for room. */
static bool send_batch(void) {
  while (batch_from < batch_to) {
    int n = sendmmsg(udp, batch + batch_from, batch_to - batch_from, 0);
    if (n > 0) {
      batch_from += n;
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      return false;
    } else if (errno != EINTR) {
      batch_from++; /* this one cannot be sent, the others can */
    }
  }
  return true;
}

static void on_udp(void) {
  bool was_stuck = batch_from < batch_to;
  if (!send_batch()) {
    return;
  }
  if (was_stuck) {
    watch(EPOLL_CTL_MOD, udp, EPOLLIN, &udp);
  }
  for (int round = 0; round < BATCHES_BEFORE_TCP; round++) {
    for (int i = 0; i < batch_to; i++) { /* the last round left its lengths here */
      slices[i].iov_len = DATAGRAM;
      batch[i].msg_hdr.msg_namelen = sizeof peers[i];
    }
    batch_from = batch_to = 0;
    int n = recvmmsg(udp, batch, BATCH, MSG_DONTWAIT, NULL);
    if (n <= 0) {
      return; /* empty, or an error that concerned one datagram: epoll tells of the next */
    }
    batch_to = n;
    for (int i = 0; i < n; i++) {
      slices[i].iov_len = batch[i].msg_len;
    }
    if (!send_batch()) {
      watch(EPOLL_CTL_MOD, udp, EPOLLOUT, &udp);
      return;
    }
    if (n < BATCH) {
      return; /* the queue was empty a moment ago; asking again would cost a call for nothing */
    }
  }
}

_Noreturn static void *serve(void *own) {
  struct sockets *sockets = own;
  listener = sockets->listener;
  udp = sockets->udp;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  datagrams = malloc(BATCH * sizeof *datagrams);
  if (epoll < 0 || datagrams == NULL) {
    fail("epoll_create1, malloc");
  }
  for (int i = 0; i < BATCH; i++) {
    slices[i] = (struct iovec){.iov_base = datagrams[i], .iov_len = DATAGRAM};
    batch[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                       .msg_namelen = sizeof peers[i],
                                       .msg_iov = &slices[i],
                                       .msg_iovlen = 1};
  }
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
  watch(EPOLL_CTL_ADD, udp, EPOLLIN, &udp);

  struct epoll_event events[EVENTS];
  for (;;) {
    int n = epoll_wait(epoll, events, EVENTS, -1);
    if (n < 0 && errno != EINTR) {
      fail("epoll_wait");
    }
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == &listener) {
        accept_all();
      } else if (events[i].data.ptr == &udp) {
        on_udp();
      } else {
        on_connection(events[i].data.ptr, events[i].events);
      }
    }
  }
}

/* The whole of `text` as a number up to `max`, or 0. */
static long number(const char *text, long max) {
  char *end;
  long value = strtol(text, &end, 10);
  return *end == '\0' && value >= 1 && value <= max ? value : 0;
}

int main(int argc, char **argv) {
  long port = argc >= 2 ? number(argv[1], 65535) : 0;
  long threads = argc == 3 ? number(argv[2], MAX_THREADS) : argc == 2;
  if (port == 0 || threads == 0) {
    fprintf(stderr, "usage: echo PORT [THREADS]\n");
    return 2;
  }
  static struct sockets sockets[MAX_THREADS];
  for (long i = 0; i < threads; i++) {
    sockets[i].listener = bound(SOCK_STREAM, port, threads > 1);
    sockets[i].udp = bound(SOCK_DGRAM, port, threads > 1);
    int buffer = RECEIVE_BUFFER;
    setsockopt(sockets[i].udp, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (listen(sockets[i].listener, SOMAXCONN) < 0) {
      fail("listen");
    }
  }
  for (long i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, &sockets[i]) != 0) {
      fail("pthread_create");
    }
  }
  puts("ready");
  fflush(stdout);
  serve(&sockets[0]);
}
