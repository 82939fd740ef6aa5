/*
 * Puts UDP datagrams or TCP's first segments with any source on a wire, as a stranger on the link can: packet(7).
 *
 *   gcc -O2 -std=gnu11 -o forge forge.c
 *   forge [syn] DEVICE MAC SOURCE SOURCE_PORT DESTINATION DESTINATION_PORT PAYLOAD [COUNT]
 *
 * MAC is that of the destination's host. With COUNT each packet has a five-tuple of its own: the
 * source ports from SOURCE_PORT on, PORTS of them, then the same with the next address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PORTS = 20000, MOST_PAYLOAD = 1024 };

static uint8_t packet[sizeof(struct ip6_hdr) + sizeof(struct tcphdr) + MOST_PAYLOAD];

static uint32_t sum(uint32_t sum, const void *bytes, size_t length) {
  const uint8_t *b = bytes;
  for (size_t i = 0; i < length; i++) {
    sum += (uint32_t)b[i] << (i % 2 == 0 ? 8 : 0);
  }
  return sum;
}

static uint16_t folded(uint32_t sum) {
  while (sum >> 16 != 0) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return htons(~sum & 0xffff);
}

/* Adds to the last 32 bits of an address. */
static void add(uint8_t *last, uint32_t n) {
  uint32_t word;
  memcpy(&word, last, sizeof word);
  word = htonl(ntohl(word) + n);
  memcpy(last, &word, sizeof word);
}

int main(int argc, char **argv) {
  int syn = argc > 1 && strcmp(argv[1], "syn") == 0;
  argc -= syn;
  argv += syn;
  if (argc < 8 || argc > 9 || strlen(argv[7]) > MOST_PAYLOAD) {
    fputs("usage: forge [syn] DEVICE MAC SOURCE PORT DESTINATION PORT PAYLOAD [COUNT]\n", stderr);
    return 2;
  }
  int ipv6 = strchr(argv[3], ':') != NULL;
  int protocol = syn ? IPPROTO_TCP : IPPROTO_UDP;
  size_t header = syn ? sizeof(struct tcphdr) : sizeof(struct udphdr);
  size_t payload = strlen(argv[7]), segment_length = header + payload;
  size_t ip_length = ipv6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
  size_t address_length = ipv6 ? 16 : 4;
  struct sockaddr_ll to = {.sll_family = AF_PACKET,
                           .sll_protocol = htons(ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP),
                           .sll_ifindex = if_nametoindex(argv[1]),
                           .sll_halen = ETH_ALEN};
  struct ether_addr *mac = ether_aton(argv[2]);
  uint8_t source[16], destination[16];
  if (to.sll_ifindex == 0 || mac == NULL || inet_pton(ipv6 ? AF_INET6 : AF_INET, argv[3], source) != 1 ||
      inet_pton(ipv6 ? AF_INET6 : AF_INET, argv[5], destination) != 1) {
    fputs("forge: no such device, or no address\n", stderr);
    return 2;
  }
  memcpy(to.sll_addr, mac, ETH_ALEN);
  int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
  if (fd < 0) {
    perror("socket");
    return 1;
  }
  long count = argc == 9 ? atol(argv[8]) : 1;
  for (long i = 0; i < count; i++) {
    if (i > 0 && i % PORTS == 0) {
      add(source + address_length - 4, 1);
    }
    uint16_t from = htons(atoi(argv[4]) + i % PORTS), to_port = htons(atoi(argv[6]));
    struct udphdr udp = {.source = from, .dest = to_port, .len = htons(segment_length)};
    struct tcphdr tcp = {.source = from, .dest = to_port, .seq = htonl(i), .doff = 5, .syn = 1, .window = htons(65535)};
    void *segment = syn ? (void *)&tcp : (void *)&udp;
    uint32_t pseudo = sum(sum(protocol + segment_length, source, address_length), destination, address_length);
    uint16_t check = folded(sum(sum(pseudo, segment, header), argv[7], payload));
    udp.check = check == 0 ? 0xffff : check;
    tcp.check = check;
    if (ipv6) {
      struct ip6_hdr ip = {.ip6_flow = htonl(6u << 28),
                           .ip6_plen = htons(segment_length),
                           .ip6_nxt = protocol,
                           .ip6_hlim = 64};
      memcpy(&ip.ip6_src, source, address_length);
      memcpy(&ip.ip6_dst, destination, address_length);
      memcpy(packet, &ip, sizeof ip);
    } else {
      struct iphdr ip = {.version = 4,
                         .ihl = 5,
                         .tot_len = htons(ip_length + segment_length),
                         .ttl = 64,
                         .protocol = protocol};
      memcpy(&ip.saddr, source, address_length);
      memcpy(&ip.daddr, destination, address_length);
      ip.check = folded(sum(0, &ip, sizeof ip));
      memcpy(packet, &ip, sizeof ip);
    }
    memcpy(packet + ip_length, segment, header);
    memcpy(packet + ip_length + header, argv[7], payload);
    size_t length = ip_length + segment_length;
    while (sendto(fd, packet, length, 0, (struct sockaddr *)&to, sizeof to) < 0) {
      if (errno != ENOBUFS && errno != EAGAIN) {
        perror("sendto");
        return 1;
      }
    }
  }
  return 0;
}
