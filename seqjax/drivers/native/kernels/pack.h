// Weights in the order in which the walks read them.
#pragma once

#include "share.h"

// w [k, gates, units] to out [panels, gates, k, PANEL], with zeros after the last unit. ``transposed``:
// w is [gates, units, k] instead. XLA took several times as long where units fill no whole panels.
inline void pack(ffi::ThreadPool& pool, const float* w, float* out, int64_t gates, int64_t units,
                 int64_t k, bool transposed) {
  const int64_t panels = (units + PANEL - 1) / PANEL, width = gates * units;
  const int threads = panels * gates * k < 1 << 13 ? 1 : pool.num_threads();
  gather(pool, panels * gates, 1, threads, [=](Crew& crew, int me) {
    crew.work(me, [&](int64_t, int64_t i) {
      const int64_t unit = i / gates * PANEL, gate = i % gates;
      const int64_t count = std::min<int64_t>(PANEL, units - unit), from = gate * units + unit;
      float* to = out + i * k * PANEL;
      if (transposed) {
        if (count < PANEL) std::memset(to, 0, 4 * k * PANEL);
        for (int64_t row = 0; row < k; ++row)
          for (int64_t j = 0; j < count; ++j) to[row * PANEL + j] = w[(from + j) * k + row];
        return;
      }
      for (int64_t row = 0; row < k; ++row)
        for (int64_t j = 0; j < PANEL; j += LANES)
          store(to + row * PANEL + j, load(w + row * width + from + j, count - j), LANES);
    });
  });
}
