/*
 * Sends datagrams of one size joined, to be cut into segments (UDP_SEGMENT, udp(7)), and says how their echoes were
 * handed over (UDP_GRO): what left the other side joined comes joined where no device cut it.
 *
 *   gcc -O2 -std=gnu11 -o burst burst.c
 *   burst SOURCE ADDRESS PORT SIZE COUNT ROUNDS
 *
 * Each round is COUNT datagrams of SIZE bytes (at most 65507 together) and waits for all of their echoes. Prints how
 * many bytes the largest read brought. Exit code 1 if an echo is missing, came twice or is not what was sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { MOST_BYTES = 65507, PATIENCE_SECONDS = 20 };

static char sent[MOST_BYTES], came[65536];

static int fail(const char *what) {
  fprintf(stderr, "burst: %s: %s\n", what, strerror(errno));
  return 1;
}

/* Bytes of each datagram in what was read. */
static int segment(struct msghdr *message, int length) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
      int bytes;
      memcpy(&bytes, CMSG_DATA(c), sizeof bytes);
      return bytes;
    }
  }
  return length;
}

/* Takes one read; returns its length, 0 if it is no echo of this round. */
static int take(int fd, int size, int count, char *seen) {
  char control[CMSG_SPACE(sizeof(int))];
  struct iovec bytes = {came, sizeof came};
  struct msghdr message = {
      .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int length = recvmsg(fd, &message, 0);
  if (length < 0) {
    perror("burst: an echo is missing");
    return 0;
  }
  int each = segment(&message, length);
  if (each != size || length % size != 0) {
    fprintf(stderr, "burst: %d bytes came, in datagrams of %d\n", length, each);
    return 0;
  }
  for (int at = 0; at < length; at += size) {
    int number;
    memcpy(&number, came + at, sizeof number);
    if (number < 0 || number >= count || seen[number] || memcmp(came + at, sent + number * size, size) != 0) {
      fprintf(stderr, "burst: what came is not what was sent, or twice\n");
      return 0;
    }
    seen[number] = 1;
  }
  return length;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fputs("usage: burst SOURCE ADDRESS PORT SIZE COUNT ROUNDS\n", stderr);
    return 2;
  }
  int size = atoi(argv[4]), count = atoi(argv[5]), rounds = atoi(argv[6]), on = 1, largest = 0;
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
  if (inet_pton(AF_INET, argv[1], &from.sin_addr) != 1 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 ||
      size < (int)sizeof size || count < 1 || size * count > MOST_BYTES) {
    fputs("burst: no such addresses or sizes\n", stderr);
    return 2;
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval patience = {PATIENCE_SECONDS, 0};
  if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) < 0 ||
      connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
      setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0 ||
      setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) < 0) {
    return fail("socket");
  }
  for (int round = 0; round < rounds; round++) {
    char seen[MOST_BYTES / sizeof(int)] = {0};
    for (int i = 0; i < count; i++) {
      memset(sent + i * size, 'a' + (round + i) % 26, size);
      memcpy(sent + i * size, &i, sizeof i);
    }
    if (send(fd, sent, size * count, 0) < 0) {
      return fail("send");
    }
    for (int bytes = 0; bytes < size * count;) {
      int length = take(fd, size, count, seen);
      if (length == 0) {
        return 1;
      }
      bytes += length;
      largest = length > largest ? length : largest;
    }
  }
  printf("%d\n", largest);
  return 0;
}
