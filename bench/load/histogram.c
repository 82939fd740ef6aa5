#include "histogram.h"

/* Values below 128 have a bucket each; above, the six bits behind the leading one choose it. */
static unsigned bucket_of(uint64_t value) {
  if (value < 128) {
    return value;
  }
  unsigned shift = 57 - __builtin_clzll(value);
  return 64 * shift + (value >> shift);
}

static int64_t largest_in(unsigned bucket) {
  if (bucket < 128) {
    return bucket;
  }
  unsigned shift = bucket / 64 - 1;
  return ((int64_t)(bucket % 64 + 65) << shift) - 1;
}

void histogram_add(struct histogram *h, int64_t nanos, uint64_t times) {
  if (nanos < 0) {
    nanos = 0;
  }
  h->counts[bucket_of(nanos)] += times;
  h->total += times;
  if (nanos > h->max) {
    h->max = nanos;
  }
}

void histogram_merge(struct histogram *into, const struct histogram *from) {
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    into->counts[i] += from->counts[i];
  }
  into->total += from->total;
  if (from->max > into->max) {
    into->max = from->max;
  }
}

int64_t histogram_at(const struct histogram *h, double share) {
  double wanted = share * h->total;
  uint64_t seen = 0;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += h->counts[i];
    if (h->counts[i] > 0 && seen >= wanted) {
      int64_t value = largest_in(i);
      return value < h->max ? value : h->max;
    }
  }
  return h->max;
}
