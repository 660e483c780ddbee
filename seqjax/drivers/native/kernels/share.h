// Shares a walk out to XLA's threads; others would have to wait for these, which spin for a while
// after their work is done. Threads that have rows of the batch never wait for each other. Where
// rows are few or weights large they have units, and meet once a step.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>

#include "crew.h"
#include "walk.h"

// XLA's threads, as the libraries of gates know them.
struct Pool {
  int64_t threads;
  std::function<void(std::function<void()>)> schedule;
};

// Has the work of a crew done, here and by the others if they come in time: run(crew, number).
template <class Run>
void gather(const Pool& pool, int64_t panels, int64_t steps, int threads, Run run) {
  auto crew = std::make_shared<Crew>(panels, steps, threads);
  for (int i = 1; i < threads; ++i) pool.schedule([=] { run(*crew, i); });
  run(*crew, 0);
  crew->wait(steps);
}

// Each takes part after part of the rows. Those that XLA wakes too late look at nothing but the
// counters, since the walk may be over.
template <template <class> class Steps, class Gate>
void by_rows(const Pool& pool, const Walk& a, int parts) {
  gather(pool, parts, 1, parts, [=](Crew& crew, int me) {
    crew.work(me, [&](int64_t, int64_t i) {
      const Rows part{a.batch * i / parts, a.batch * (i + 1) / parts};
      std::vector<float> own(Steps<Gate>::room(a, part));
      Steps<Gate> take{a, part, own.data()};
      for (int64_t s = 0; s < Steps<Gate>::steps(a); ++s) take(s, 0, a.units);
    });
  });
}

// All take units, in step with each other: two panels at a time where that leaves enough for all,
// as gates are quicker on longer rows.
template <template <class> class Steps, class Gate>
void by_units(const Pool& pool, const Walk& a, int threads) {
  const int64_t width = a.units >= 16 * PANEL * threads ? 2 * PANEL : PANEL;
  const int64_t steps = Steps<Gate>::steps(a), pieces = (a.units + width - 1) / width;
  const Rows all{0, a.batch};
  std::vector<float> room(Steps<Gate>::room(a, all));
  gather(pool, pieces, steps, threads, [=, shared = room.data()](Crew& crew, int me) {
    Steps<Gate> take{a, all, shared};
    crew.work(me, [&](int64_t s, int64_t i) {
      take(s, i * width, std::min((i + 1) * width, a.units));
    });
  });
}

// Shares a walk out to XLA's threads, unless it is over before another is awake.
template <template <class> class Steps, class Gate>
void share(const Pool& pool, const Walk& a) {
  if (a.batch == 0) return;
  const int64_t panels = (a.units + PANEL - 1) / PANEL, weight = Gate::BLOCKS * a.units * a.span;
  const int64_t work = 2 * a.steps * a.batch * weight;  // multiplications and additions
  const int64_t threads = work < 4'000'000 ? 1 : pool.threads;
  const bool rows = a.batch >= 4 * threads && weight <= 1 << 18;
  const int parts = std::max<int64_t>(1, std::min(threads, rows ? a.batch : panels));
  if (rows) by_rows<Steps, Gate>(pool, a, parts);
  else by_units<Steps, Gate>(pool, a, parts);
}
