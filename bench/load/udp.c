#define _GNU_SOURCE /* recvmmsg, sendmmsg, in_pktinfo */
#include "load.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

enum {
  SLOTS = MAX_BURST,      /* datagrams of one recvmmsg */
  SLOT = 65536 + 64,      /* no power of two, or all slots would compete for the same lines of the cache */
  FIRST_SOURCE = 1 << 16, /* of 127.0.0.0/8: 127.1.0.0 */
};

static const int64_t LOOK_FOR_LOST_EVERY = 100000000;
static const int64_t LOST_AFTER = 1000000000;

/* What the calls of one thread work on. */
struct batch {
  uint8_t *out; /* MAX_BURST messages one behind the other: zeros but for the tickets */
  struct mmsghdr sent[MAX_BURST], received[SLOTS];
  struct iovec out_part[MAX_BURST], in_part[SLOTS];
  char control[SLOTS][CMSG_SPACE(sizeof(int))];
};

static void prepare_batch(struct worker *w) {
  struct batch *b = w->batch = allocate(1, sizeof *b);
  size_t size = w->options->size;
  b->out = allocate(MAX_BURST, size);
  w->scratch = allocate(SLOTS, SLOT);
  for (size_t i = 0; i < MAX_BURST; i++) {
    b->out_part[i] = (struct iovec){b->out + i * size, size};
    b->sent[i].msg_hdr = (struct msghdr){.msg_iov = &b->out_part[i], .msg_iovlen = 1};
    b->in_part[i] = (struct iovec){w->scratch + i * SLOT, SLOT};
    b->received[i].msg_hdr = (struct msghdr){.msg_iov = &b->in_part[i], .msg_iovlen = 1};
  }
}

void udp_prepare(struct worker *w, struct connection *c) {
  if (w->batch == NULL) {
    prepare_batch(w);
  }
  int buffer = RECEIVE_BUFFER, on = 1;
  setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (w->options->sending == GSO && setsockopt(c->fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) {
    fail("UDP_GRO");
  }
  c->flights = allocate(w->options->depth, sizeof *c->flights);
  for (size_t i = 0; i < w->options->depth; i++) {
    c->flights[i].ticket = i;
  }
}

/* What the kernel does not take is not tried again: it is a loss like any other on the way. */
static void sent_or_lost(ssize_t result) {
  if (result < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
    fail("send");
  }
}

/* From the next of the socket's own addresses: a five-tuple of its own for each. */
static ssize_t send_from_next_source(struct worker *w, struct connection *c, void *bytes) {
  const struct options *o = w->options;
  size_t source = (w->first + (c - w->connections)) * o->sources + c->source;
  c->source = c->source + 1 < o->sources ? c->source + 1 : 0;
  union {
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr aligned;
  } control = {0};
  struct iovec part = {bytes, o->size};
  struct msghdr message = {.msg_name = o->to->ai_addr,
                           .msg_namelen = o->to->ai_addrlen,
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control.bytes};
  struct in_pktinfo from = {.ipi_spec_dst.s_addr =
                                htonl((INADDR_LOOPBACK & 0xff000000) + FIRST_SOURCE + source)};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  *head = (struct cmsghdr){
      .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof from)};
  memcpy(CMSG_DATA(head), &from, sizeof from);
  return sendmsg(c->fd, &message, 0);
}

static void send_one(struct worker *w, struct connection *c, struct flight *flight, int64_t at) {
  flight->sent_at = at;
  flight->out = true;
  c->in_flight++;
  uint8_t *message = w->batch->out;
  memcpy(message, &flight->ticket, sizeof flight->ticket);
  sent_or_lost(w->options->sources > 0 ? send_from_next_source(w, c, message)
                                       : send(c->fd, message, w->options->size, 0));
}

static void send_segmented(struct worker *w, struct connection *c) {
  size_t size = w->options->size, most = MAX_DATAGRAM / size, depth = w->options->depth;
  union {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr aligned;
  } control = {0};
  for (size_t from = 0; from < depth; from += most) {
    size_t n = depth - from < most ? depth - from : most;
    struct iovec part = {w->batch->out + from * size, n * size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){.cmsg_level = IPPROTO_UDP,
                             .cmsg_type = UDP_SEGMENT,
                             .cmsg_len = CMSG_LEN(sizeof(uint16_t))};
    uint16_t segment = size;
    memcpy(CMSG_DATA(head), &segment, sizeof segment);
    sent_or_lost(sendmsg(c->fd, &message, 0));
  }
}

static void send_burst(struct worker *w, struct connection *c) {
  size_t depth = w->options->depth;
  for (size_t i = 0; i < depth; i++) {
    struct flight *flight = &c->flights[i];
    *flight = (struct flight){flight->ticket + depth, w->now, true};
    memcpy(w->batch->out_part[i].iov_base, &flight->ticket, sizeof flight->ticket);
  }
  c->in_flight = depth;
  if (w->options->sending == GSO) {
    send_segmented(w, c);
    return;
  }
  int n = sendmmsg(c->fd, w->batch->sent, depth, 0);
  sent_or_lost(n);
}

void udp_first(struct worker *w, struct connection *c) {
  if (w->options->sending != EACH) {
    send_burst(w, c);
    return;
  }
  for (size_t i = 0; i < w->options->depth; i++) {
    send_one(w, c, &c->flights[i], w->now);
  }
}

bool udp_send_due(struct worker *w, struct connection *c, int64_t at) {
  struct flight *flight = &c->flights[c->tickets % w->options->depth];
  if (flight->out) {
    return false;
  }
  flight->ticket = c->tickets++;
  send_one(w, c, flight, at);
  return true;
}

/* Counts an echo, and tells whose it is; NULL for what nobody waits for any more. */
static struct flight *landed(struct worker *w, struct connection *c, const uint8_t *bytes, size_t n) {
  uint64_t ticket;
  if (n != w->options->size) {
    return NULL;
  }
  memcpy(&ticket, bytes, sizeof ticket);
  struct flight *flight = &c->flights[ticket % w->options->depth];
  if (!flight->out || flight->ticket != ticket) {
    return NULL;
  }
  flight->out = false;
  c->in_flight--;
  w->echoes++;
  histogram_add(&w->latency, w->now - flight->sent_at, 1);
  return flight;
}

static void each_readable(struct worker *w, struct connection *c) {
  /* With one in flight this is one call; a second one could only find nothing. */
  for (size_t i = 0; i < w->options->depth && i < SLOTS; i++) {
    ssize_t n = recv(c->fd, w->scratch, SLOT, 0);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) {
        fail("recv");
      }
      return;
    }
    struct flight *flight = landed(w, c, w->scratch, n);
    if (flight != NULL && w->options->rate == 0) {
      flight->ticket += w->options->depth;
      send_one(w, c, flight, w->now);
    }
  }
}

/* The length of the datagrams that the kernel put together in this one (UDP_GRO). */
static size_t segment_of(struct msghdr *message, size_t n) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
      int segment;
      memcpy(&segment, CMSG_DATA(c), sizeof segment);
      return segment;
    }
  }
  return n;
}

static void burst_readable(struct worker *w, struct connection *c) {
  struct batch *b = w->batch;
  bool gso = w->options->sending == GSO;
  size_t slots = c->in_flight < SLOTS ? c->in_flight : SLOTS;
  for (size_t i = 0; gso && i < slots; i++) {
    b->received[i].msg_hdr.msg_control = b->control[i];
    b->received[i].msg_hdr.msg_controllen = sizeof b->control[i];
  }
  int n = recvmmsg(c->fd, b->received, slots, MSG_DONTWAIT, NULL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) {
    fail("recvmmsg");
  }
  for (int i = 0; i < n; i++) {
    size_t length = b->received[i].msg_len;
    size_t segment = gso ? segment_of(&b->received[i].msg_hdr, length) : length;
    for (size_t at = 0; at < length; at += segment) {
      size_t rest = length - at;
      landed(w, c, w->scratch + i * SLOT + at, rest < segment ? rest : segment);
    }
  }
  if (c->in_flight == 0) {
    send_burst(w, c);
  }
}

void udp_readable(struct worker *w, struct connection *c) {
  if (w->options->sending == EACH) {
    each_readable(w, c);
  } else {
    burst_readable(w, c);
  }
}

static void look_for_lost_of(struct worker *w, struct connection *c) {
  size_t before = c->in_flight;
  for (size_t i = 0; i < w->options->depth && c->in_flight > 0; i++) {
    struct flight *flight = &c->flights[i];
    if (!flight->out || w->now - flight->sent_at < LOST_AFTER) {
      continue;
    }
    w->lost++;
    flight->out = false;
    c->in_flight--;
    if (w->options->sending == EACH && w->options->rate == 0) {
      flight->ticket += w->options->depth;
      send_one(w, c, flight, w->now);
    }
  }
  if (w->options->sending != EACH && before > 0 && c->in_flight == 0) {
    send_burst(w, c);
  }
}

void udp_look_for_lost(struct worker *w) {
  if (w->now < w->look_for_lost_at) {
    return;
  }
  w->look_for_lost_at = w->now + LOOK_FOR_LOST_EVERY;
  for (size_t i = 0; i < w->count; i++) {
    look_for_lost_of(w, &w->connections[i]);
  }
}
