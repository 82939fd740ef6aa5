#include "load.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t zeros[CHUNK]; /* all messages are alike, so a stream can go on anywhere */

void tcp_prepare(struct worker *w, struct connection *c) {
  /* Or Nagle would hold the next message back until the last one is acknowledged. */
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  c->written = allocate(w->options->depth, sizeof *c->written);
  if (w->scratch == NULL) {
    w->scratch = allocate(1, CHUNK);
  }
}

static void write_unsent(struct worker *w, struct connection *c) {
  while (c->unsent > 0) {
    size_t n = c->unsent < sizeof zeros ? c->unsent : sizeof zeros;
    ssize_t sent = send(c->fd, zeros, n, MSG_NOSIGNAL);
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
    watch(w, c, EPOLL_CTL_MOD, c->waits_for_room ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

void tcp_send(struct worker *w, struct connection *c, size_t messages, int64_t at) {
  size_t depth = w->options->depth;
  c->written[(c->oldest + c->entries) % depth] = (struct written){at, messages};
  c->entries++;
  c->in_flight += messages;
  c->unsent += messages * w->options->size;
  write_unsent(w, c);
}

static void came_back(struct worker *w, struct connection *c, size_t messages) {
  if (messages > c->in_flight) {
    fprintf(stderr, "more came back than was sent: no echo server\n");
    exit(1);
  }
  w->echoes += messages;
  c->in_flight -= messages;
  while (messages > 0) {
    struct written *oldest = &c->written[c->oldest];
    size_t n = oldest->messages < messages ? oldest->messages : messages;
    histogram_add(&w->latency, w->now - oldest->at, n);
    oldest->messages -= n;
    messages -= n;
    if (oldest->messages == 0) {
      c->oldest = c->oldest + 1 < w->options->depth ? c->oldest + 1 : 0;
      c->entries--;
    }
  }
}

void tcp_readable(struct worker *w, struct connection *c) {
  ssize_t n = read(c->fd, w->scratch, CHUNK);
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
  size_t whole = c->partial / w->options->size;
  if (whole > 0) {
    c->partial -= whole * w->options->size;
    came_back(w, c, whole);
  }
  if (whole > 0 && w->options->rate == 0) {
    tcp_send(w, c, whole, w->now);
  } else {
    write_unsent(w, c);
  }
}
