// Shares a walk out to XLA's threads; others would have to wait for these, which spin for a while
// after their work is done. Threads that have rows of the batch never wait for each other. Where rows
// are few or weights large they have units, and meet once a step.
#pragma once

#include <algorithm>
#include <chrono>
#include <climits>
#include <memory>

#include "simd.h"
#include "walk.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

// What the threads of a walk know of each other. Those that XLA wakes too late to take part look
// at nothing else, since the walk may be over.
struct Company {
  std::atomic<int> next{0}, done{0};  // by rows: the next part to be taken
  std::atomic<int> come{1}, size{0};  // by units: how many are here, and shall be
  Barrier barrier;
};

// Each takes part after part of the rows.
template <class Body>
void by_rows(ffi::ThreadPool& pool, const Walk& a, int parts, Body body) {
  auto all = std::make_shared<Company>();
  const int64_t units = (a.units + PANEL - 1) / PANEL * PANEL;
  auto run = [=] {
    for (int i; (i = all->next.fetch_add(1)) < parts;) {
      body(a, Part{a.batch * i / parts, a.batch * (i + 1) / parts, 0, units, nullptr});
      all->done.fetch_add(1, std::memory_order_release);
    }
  };
  for (int i = 1; i < parts; ++i) pool.Schedule([=] { run(); });
  run();
  until([&] { return all->done.load(std::memory_order_acquire) == parts; });
}

// Each takes a part of the units, in step with the others; who does not come within ``patience``
// microseconds is left out.
template <class Body>
void by_units(ffi::ThreadPool& pool, const Walk& a, int most, int64_t patience, Body body) {
  auto all = std::make_shared<Company>();
  const int64_t panels = (a.units + PANEL - 1) / PANEL;
  auto run = [=](int i) {
    const int n = all->size.load(std::memory_order_relaxed);
    const int64_t from = panels * i / n * PANEL, to = panels * (i + 1) / n * PANEL;
    body(a, Part{0, a.batch, from, to, n > 1 ? &all->barrier : nullptr});
    all->done.fetch_add(1, std::memory_order_release);
  };
  for (int i = 1; i < most; ++i)
    pool.Schedule([=] {
      const int number = all->come.fetch_add(1);
      if (number < 1) return;
      until([&] { return all->size.load(std::memory_order_acquire) > 0; });
      run(number);
    });
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(patience);
  until([&] { return all->come.load() >= most || std::chrono::steady_clock::now() >= end; });
  const int n = all->come.exchange(INT_MIN / 2);
  all->barrier.count = n;
  all->size.store(n, std::memory_order_release);
  run(0);
  until([&] { return all->done.load(std::memory_order_acquire) == n; });
}

// Shares a walk out to XLA's threads, unless it is over before another is awake.
template <class Body>
void share(ffi::ThreadPool& pool, const Walk& a, int64_t gates, Body body) {
  if (a.batch == 0) return;
  const int64_t panels = (a.units + PANEL - 1) / PANEL, weight = gates * a.units * a.units;
  const int64_t work = 2 * a.steps * a.batch * weight;  // multiplications and additions
  const int64_t threads = work < 4'000'000 ? 1 : pool.num_threads();
  const bool rows = a.batch >= 4 * threads && weight <= 1 << 18;
  const int parts = std::max<int64_t>(1, std::min(threads, rows ? a.batch : panels));
  if (rows) by_rows(pool, a, parts, body);
  // A sleeping thread may take milliseconds to come; worth a few hundredths of the walk.
  else by_units(pool, a, parts, 300 + std::min<int64_t>(20'000, work / 1'000'000), body);
}
