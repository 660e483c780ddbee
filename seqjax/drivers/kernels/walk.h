// What a walk over time is, and the part of it that one thread has.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

// A call. States are [B, H], all else [T, B, ...]; slots of h, c and what is kept are those of the
// steps, or two by turns if nothing is kept.
struct Walk {
  int64_t steps, batch, inputs, units;
  bool reverse, keep;
  const bool *real, *restarts;     // null: all are real, none restarts
  const float *z;                  // projected inputs, or null, and then these:
  const float *x, *w_x, *b;        // weights are packed
  const float *w, *bias;           // bias: of the last gate's u, or null
  const float *h_start, *c_start, *dhs;
  float *acts, *du, *extra, *h, *c, *hs, *h_end, *c_end, *dh_start, *dc_start;

  int64_t step(int64_t s) const { return reverse ? steps - 1 - s : s; }
  int64_t slot(int64_t s) const { return (keep ? step(s) : s & 1) * batch * units; }
  bool is_real(int64_t t, int64_t r) const { return !real || real[t * batch + r]; }
  bool restart(int64_t t, int64_t r) const { return restarts && restarts[t * batch + r]; }
};

// Waits for others who are at work on another core; not for long, else they are given this one.
template <class Condition>
void until(Condition condition) {
  for (int i = 1; !condition(); ++i)
    if (i % 1024 == 0) sched_yield();
}

// Lets ``count`` threads go on when all have come.
struct Barrier {
  int count = 1;
  std::atomic<int> come{0}, turn{0};

  void wait() {
    const int now = turn.load(std::memory_order_acquire);
    if (come.fetch_add(1, std::memory_order_acq_rel) + 1 == count) {
      come.store(0, std::memory_order_relaxed);
      turn.store(now + 1, std::memory_order_release);
      return;
    }
    until([&] { return turn.load(std::memory_order_acquire) != now; });
  }
};

// What one thread has: rows [row, rows) and units [unit, units).
struct Part {
  int64_t row, rows, unit, units;
  Barrier* barrier;
};
