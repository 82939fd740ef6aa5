/*
 * Latencies counted in buckets that grow with the value, as HdrHistogram does: each power of two is
 * cut into 64, so a value read back is wrong by less than 1/64, whatever its size.
 */
#pragma once
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 64 * 59 };

struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t total;
  int64_t max;
};

/* Nanoseconds; a negative value counts as 0. */
void histogram_add(struct histogram *h, int64_t nanos, uint64_t times);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that this share of all values (0 to 1) does not exceed; 0 where there are none. */
int64_t histogram_at(const struct histogram *h, double share);
