// What a walk over time is.
#pragma once

#include <cstdint>

// A call. States are [B, H], all else [T, B, ...]; slots of h, c and what is kept are those of the
// steps, or two by turns if nothing is kept.
struct Walk {
  int64_t steps, batch, inputs, units;
  bool reverse, keep;
  const bool *real, *restarts;     // null: all are real, none restarts
  const float *z;                  // projected inputs without b, or null, and then these:
  const float *x, *w_x;            // weights are packed
  const float *b;                  // of the projected inputs
  const float *w, *bias;           // bias: of the last gate's u, or null
  const float *h_start, *c_start, *dhs;
  float *acts, *du, *extra, *h, *c, *hs, *h_end, *c_end, *dh_start, *dc_start;

  int64_t step(int64_t s) const { return reverse ? steps - 1 - s : s; }
  int64_t slot(int64_t s) const { return (keep ? step(s) : s & 1) * batch * units; }
  bool is_real(int64_t t, int64_t r) const { return !real || real[t * batch + r]; }
  bool restart(int64_t t, int64_t r) const { return restarts && restarts[t * batch + r]; }
};

// Rows [from, to) of the batch.
struct Rows {
  int64_t from, to;
};

// Asks for what the gates of a panel will read and write, some rows of one or two lines each, which
// the processor cannot foresee; products are made meanwhile.
inline void fetch(const float* p, int64_t rows, int64_t stride) {
  for (int64_t r = 0; r < rows; ++r) __builtin_prefetch(p + r * stride, 1, 2);
}
