/* What the two protocols share: a thread with an event loop, and its connections. */
#pragma once
#include "histogram.h"
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CHUNK = 65536,            /* bytes of one TCP read or write */
  MAX_DATAGRAM = 65507,     /* what IPv4 can carry */
  MAX_BURST = 64,           /* the kernel's UDP_MAX_SEGMENTS before 6.9 */
  RECEIVE_BUFFER = 4 << 20, /* the echoes of one batch come at once: they should wait, not be dropped */
  DUE_AT_ONCE = 16,         /* open loop: messages sent before echoes are looked at again */
};

static const int64_t SECOND = 1000000000;

/* UDP, closed loop: how the next messages of a socket leave. */
enum sending {
  EACH,  /* an echo is answered with the next message at once, by a call of its own */
  BURST, /* when all DEPTH are back, the next DEPTH leave by one sendmmsg */
  GSO,   /* likewise, as segmented datagrams (UDP_SEGMENT), and echoes may come as such (UDP_GRO) */
};

struct options {
  bool tcp;
  const struct addrinfo *to;
  size_t connections, depth, size;
  double rate; /* messages a second of all threads; 0: closed loop */
  enum sending sending;
  size_t sources; /* addresses of 127.0.0.0/8 that each UDP socket sends from in turn; 0: one, connected */
};

/* TCP: messages written at the same time. */
struct written {
  int64_t at;
  size_t messages;
};

/*
 * UDP: a datagram in flight. Its ticket travels in its first bytes, and ticket % depth is its place,
 * so an echo that comes after its replacement was sent is recognised and not answered: the number in
 * flight stays what was asked for. It also makes every datagram of a socket different, as an echo
 * server may refuse one that goes around and around.
 */
struct flight {
  uint64_t ticket;
  int64_t sent_at; /* open loop: when it was to be sent */
  bool out;
};

struct connection {
  int fd;
  size_t in_flight;
  /* TCP */
  size_t partial;         /* bytes of an incomplete echo */
  size_t unsent;          /* bytes that the kernel did not take yet */
  bool waits_for_room;
  struct written *written; /* a ring of depth */
  size_t oldest, entries;
  /* UDP */
  struct flight *flights; /* one for each of depth */
  uint64_t tickets;       /* given out in the open loop */
  size_t source;          /* of this socket's addresses the one that sends next */
};

struct worker {
  const struct options *options;
  size_t index; /* of this thread */
  struct connection *connections;
  size_t first, count; /* of all connections those of this thread */
  int epoll;
  int64_t now;
  uint64_t echoes, lost;
  struct histogram latency;
  int64_t look_for_lost_at;
  /* Open loop */
  double gap; /* mean nanoseconds between two messages */
  double due; /* when the next is to be sent */
  size_t turn;
  uint64_t random;
  struct histogram late; /* how long after it was due a message was sent */
  uint8_t *scratch;    /* what is received is forgotten */
  struct batch *batch; /* UDP */
};

int64_t clock_now(void);
_Noreturn void fail(const char *what);
void *allocate(size_t count, size_t size);
void watch(struct worker *w, struct connection *c, int operation, uint32_t events);

/* tcp.c and udp.c */
void tcp_prepare(struct worker *w, struct connection *c);
void tcp_send(struct worker *w, struct connection *c, size_t messages, int64_t at);
void tcp_readable(struct worker *w, struct connection *c);

void udp_prepare(struct worker *w, struct connection *c);
void udp_first(struct worker *w, struct connection *c);
bool udp_send_due(struct worker *w, struct connection *c, int64_t at);
void udp_readable(struct worker *w, struct connection *c);
void udp_look_for_lost(struct worker *w);
