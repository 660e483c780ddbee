// Weights in the order in which the walks read them.
#pragma once

#include <algorithm>
#include <cstring>

#include "share.h"

// w [k, gates, units] to out [panels, gates, k, PANEL], with zeros after the last unit. ``transposed``:
// w is [gates, units, k] instead. XLA took several times as long where units fill no whole panels.
inline void pack(const Pool& pool, const float* w, float* out, int64_t gates, int64_t units,
                 int64_t k, bool transposed) {
  const int64_t panels = (units + PANEL - 1) / PANEL, width = gates * units;
  const int threads = panels * gates * k < 1 << 13 ? 1 : pool.threads;
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

// Rows of w_h that a panel of units meets at most, where each head of units meets its own alone.
inline int64_t span(int64_t units, int64_t head) {
  int64_t most = 0;
  for (int64_t unit = 0; unit < units; unit += PANEL) {
    const int64_t last = std::min(unit + PANEL, units) - 1;
    most = std::max(most, (last / head + 1) * head - unit / head * head);
  }
  return most;
}

// w [heads, head, gates * head] to out [panels, gates, span, PANEL], with zeros where heads do not
// meet. ``transposed``: rows of out are columns of a block of w, and the reverse.
inline void pack_heads(const float* w, float* out, int64_t gates, int64_t units, int64_t head,
                       bool transposed) {
  Walk a{};
  a.units = units, a.head = head, a.span = span(units, head);
  const int64_t panels = (units + PANEL - 1) / PANEL;
  std::memset(out, 0, 4 * panels * gates * a.span * PANEL);
  for (int64_t i = 0; i < panels * gates; ++i) {
    const int64_t unit = i / gates * PANEL, gate = i % gates, met = a.met(unit);
    for (int64_t column = unit; column < std::min(unit + PANEL, units); ++column) {
      const int64_t n = column / head;
      for (int64_t row = std::max(met, n * head); row < (n + 1) * head; ++row) {
        const int64_t from = transposed ? column : row, to = transposed ? row : column;
        out[(i * a.span + row - met) * PANEL + column - unit] =
            w[(n * head + from % head) * gates * head + gate * head + to % head];
      }
    }
  }
}
