// Whole walks over time on CPU, forward and backward: what one step hands to the next.
//
// What all steps have in common is multiplied by XLA, before and after. Here, for a few rows and a
// panel of units, the products of all gates are made side by side and the gates at once from them,
// so that pre-activations never leave the first cache. Weights come packed, in the order in which
// they are read: [panels, gates, k, PANEL].
//
// Threads share out the rows of the batch and never wait for each other. Where rows are few or
// weights large they share out the units, and meet once a step. They are XLA's own: others would
// have to wait for its threads, which spin for a while after their work is done.
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <memory>
#include <vector>

#include "cells.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Floats = ffi::Buffer<ffi::F32>;
using Marks = ffi::Buffer<ffi::PRED>;
using Out = ffi::ResultBuffer<ffi::F32>;

namespace {

// A call. States are [B, H], all else [T, B, ...]; slots of h, c and what is kept are those of the
// steps, or two by turns if nothing is kept.
struct Walk {
  int64_t steps, batch, units;
  bool reverse, keep;
  const bool *real, *restarts;     // null: all are real, none restarts
  const float *w, *bias;           // bias: of the last gate's u, or null
  const float *z, *h_start, *c_start, *dhs;
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

// The rows and units of one thread.
struct Part {
  int64_t row, rows, unit, units;
  Barrier* barrier;
};

// The state before step s of row r, units j: ``h`` and ``c``, or the start where the row restarts.
template <class Cell>
void hand_on(const Walk& a, int64_t s, int64_t r, int64_t j, Vec h, Vec c) {
  const int64_t at = r * a.units + j, n = a.units - j;
  if (s == a.steps) {
    store(a.h_end + at, h, n);
    if (Cell::MEMORY) store(a.c_end + at, c, n);
    return;
  }
  const bool anew = a.restart(a.step(s), r);
  store(a.h + a.slot(s) + at, anew ? load(a.h_start + at, n) : h, n);
  if (Cell::MEMORY) store(a.c + a.slot(s) + at, anew ? load(a.c_start + at, n) : c, n);
}

template <class Cell>
void forward(const Walk& a, const Part& part) {
  constexpr int K = Cell::GATES;
  const int64_t H = a.units, B = a.batch, rows = part.rows - part.row;
  std::vector<float> products(K * rows * PANEL);
  for (int64_t s = 0; s < a.steps; ++s) {
    const int64_t t = a.step(s);
    const float *h = a.h + a.slot(s), *c = Cell::MEMORY ? a.c + a.slot(s) : nullptr;
    for (int64_t unit = part.unit; unit < part.units; unit += PANEL) {
      for (int g = 0; g < K; ++g)
        product(h + part.row * H, H, rows, a.w + (unit * K + g * PANEL) * H, H,
                products.data() + g * rows * PANEL);
      for (int64_t r = part.row; r < part.rows; ++r) {
        const float* u = products.data() + (r - part.row) * PANEL;
        for (int64_t j = unit; j < std::min(H, unit + PANEL); j += LANES) {
          const int64_t at = r * H + j, all = t * B * H + at, n = H - j;
          Vec before = load(h + at, n), memory = {}, extra = {}, z[K], uv[K];
          if (Cell::MEMORY) memory = load(c + at, n);
          if (!a.is_real(t, r)) {
            hand_on<Cell>(a, s + 1, r, j, before, memory);
            store(a.hs + all, Vec{}, n);
            continue;
          }
          const int64_t place = (t * B + r) * K * H + j;
          for (int g = 0; g < K; ++g) {
            z[g] = load(a.z + place + g * H, n);
            uv[g] = *(const Vec*)(u + g * rows * PANEL + j - unit);
          }
          if (a.bias) uv[K - 1] += load(a.bias + j, n);
          const Vec after = Cell::forward(z, uv, before, memory, extra);
          store(a.hs + all, after, n);
          hand_on<Cell>(a, s + 1, r, j, after, memory);
          if (!a.keep) continue;
          for (int g = 0; g < K; ++g) store(a.acts + place + g * H, z[g], n);
          if (Cell::APART) store(a.extra + all, extra, n);
        }
      }
    }
    if (part.barrier) part.barrier->wait();
  }
}

// h_end and c_end hold the cotangents that are carried back.
template <class Cell>
void backward(const Walk& a, const Part& part) {
  constexpr int K = Cell::GATES;
  const int64_t H = a.units, B = a.batch, rows = part.rows - part.row;
  std::vector<float> products(rows * PANEL);
  for (int64_t s = a.steps - 1; s >= 0; --s) {
    const int64_t t = a.step(s);
    float *acts = a.acts + t * B * K * H, *du = Cell::APART ? a.du + t * B * K * H : acts;
    for (int64_t r = part.row; r < part.rows; ++r)
      for (int64_t j = part.unit; j < std::min(H, part.units); j += LANES) {
        const int64_t at = r * H + j, all = t * B * H + at, n = H - j, place = r * K * H + j;
        Vec z[K] = {}, dv[K] = {}, dc = {}, h = {}, c = {}, extra = {};
        if (a.is_real(t, r)) {
          for (int g = 0; g < K; ++g) z[g] = load(acts + place + g * H, n);
          if (Cell::MEMORY) dc = load(a.c_end + at, n), c = load(a.c + all, n);
          if (Cell::APART) h = load(a.h + all, n), extra = load(a.extra + all, n);
          const Vec dh = load(a.h_end + at, n) + load(a.dhs + all, n);
          store(a.h_end + at, Cell::backward(z, dv, dh, dc, h, c, extra), n);
          if (Cell::MEMORY) store(a.c_end + at, dc, n);
        }
        for (int g = 0; g < K; ++g) {
          store(acts + place + g * H, z[g], n);
          if (Cell::APART) store(du + place + g * H, dv[g], n);
        }
      }
    if (part.barrier) part.barrier->wait();
    for (int64_t unit = part.unit; unit < part.units; unit += PANEL) {
      product(du + part.row * K * H, K * H, rows, a.w + unit * K * H, K * H, products.data());
      for (int64_t r = part.row; r < part.rows; ++r) {
        const float* u = products.data() + (r - part.row) * PANEL;
        for (int64_t j = unit; j < std::min(H, unit + PANEL); j += LANES) {
          const int64_t at = r * H + j, n = H - j;
          Vec dh = load(a.h_end + at, n);
          if (a.is_real(t, r)) dh += *(const Vec*)(u + j - unit);
          if (a.restart(t, r)) {
            store(a.dh_start + at, load(a.dh_start + at, n) + dh, n);
            dh = Vec{};
            if (Cell::MEMORY) {
              store(a.dc_start + at, load(a.dc_start + at, n) + load(a.c_end + at, n), n);
              store(a.c_end + at, Vec{}, n);
            }
          }
          store(a.h_end + at, dh, n);
        }
      }
    }
  }
}

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

// Each takes a part of the units, in step with the others; who does not come soon is left out.
template <class Body>
void by_units(ffi::ThreadPool& pool, const Walk& a, int most, Body body) {
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
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(300);
  while (all->come.load() < most && std::chrono::steady_clock::now() < end) {
  }
  const int n = all->come.exchange(INT_MIN / 2);
  all->barrier.count = n;
  all->size.store(n, std::memory_order_release);
  run(0);
  until([&] { return all->done.load(std::memory_order_acquire) == n; });
}

// Shares a walk out to XLA's threads, unless it is over before another is awake.
template <class Body>
void share(ffi::ThreadPool& pool, const Walk& a, int64_t gates, Body body) {
  const int64_t panels = (a.units + PANEL - 1) / PANEL, weight = gates * a.units * a.units;
  const int64_t threads = 2 * a.steps * a.batch * weight < 4'000'000 ? 1 : pool.num_threads();
  const bool rows = a.batch >= 4 * threads && weight <= 1 << 18;
  const int parts = std::max<int64_t>(1, std::min(threads, rows ? a.batch : panels));
  if (rows) by_rows(pool, a, parts, body);
  else by_units(pool, a, parts, body);
}

const bool* marks(const Marks& m) { return m.element_count() ? m.typed_data() : nullptr; }

void copy(Out& to, const Floats& from) {
  if (to->typed_data() != from.typed_data() && from.element_count())
    std::memcpy(to->typed_data(), from.typed_data(), 4 * from.element_count());
}

template <class Cell>
ffi::Error walk(ffi::ThreadPool pool, Floats z, Floats w, Floats bias, Floats h, Floats c,
                Floats h_start, Floats c_start, Marks real, Marks restarts, Out acts, Out extra,
                Out h_kept, Out c_kept, Out hs, Out h_end, Out c_end, bool reverse, bool keep) {
  Walk a{};
  a.steps = z.dimensions()[0], a.batch = z.dimensions()[1], a.units = h.dimensions()[1];
  a.reverse = reverse, a.keep = keep, a.real = marks(real), a.restarts = marks(restarts);
  a.w = w.typed_data(), a.bias = bias.element_count() ? bias.typed_data() : nullptr;
  a.z = z.typed_data(), a.h_start = h_start.typed_data(), a.c_start = c_start.typed_data();
  a.acts = acts->typed_data(), a.extra = extra->typed_data(), a.hs = hs->typed_data();
  a.h = h_kept->typed_data(), a.c = c_kept->typed_data();
  a.h_end = h_end->typed_data(), a.c_end = c_end->typed_data();
  for (int64_t r = 0; r < a.batch; ++r)
    for (int64_t j = 0; j < a.units; j += LANES) {
      const int64_t at = r * a.units + j, n = a.units - j;
      hand_on<Cell>(a, 0, r, j, load(h.typed_data() + at, n),
                    Cell::MEMORY ? load(c.typed_data() + at, n) : Vec{});
    }
  share(pool, a, Cell::GATES, forward<Cell>);
  return ffi::Error::Success();
}

template <class Cell>
ffi::Error walk_back(ffi::ThreadPool pool, Floats acts, Floats w, Floats extra, Floats h, Floats c,
                     Floats dhs, Floats dh, Floats dc, Marks real, Marks restarts, Out dz, Out du,
                     Out dh0, Out dc0, Out dh_start, Out dc_start, bool reverse) {
  Walk a{};
  a.steps = acts.dimensions()[0], a.batch = acts.dimensions()[1], a.units = dh.dimensions()[1];
  a.reverse = reverse, a.keep = true, a.real = marks(real), a.restarts = marks(restarts);
  a.w = w.typed_data(), a.dhs = dhs.typed_data(), a.extra = extra.typed_data();
  a.h = h.typed_data(), a.c = c.typed_data(), a.acts = dz->typed_data(), a.du = du->typed_data();
  a.h_end = dh0->typed_data(), a.c_end = dc0->typed_data();
  a.dh_start = dh_start->typed_data(), a.dc_start = dc_start->typed_data();
  copy(dz, acts), copy(dh0, dh), copy(dc0, dc);
  std::memset(a.dh_start, 0, 4 * dh_start->element_count());
  std::memset(a.dc_start, 0, 4 * dc_start->element_count());
  share(pool, a, Cell::GATES, backward<Cell>);
  return ffi::Error::Success();
}

}  // namespace

#define WALKS(NAME, CELL)                                                                       \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(                                                                \
      NAME##_forward, walk<CELL>,                                                               \
      ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>().Arg<Floats>()         \
          .Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Marks>().Arg<Marks>()    \
          .Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>()          \
          .Ret<Floats>().Ret<Floats>().Attr<bool>("reverse").Attr<bool>("keep"));               \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(                                                                \
      NAME##_backward, walk_back<CELL>,                                                         \
      ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>().Arg<Floats>()         \
          .Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Marks>()   \
          .Arg<Marks>().Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>()   \
          .Ret<Floats>().Attr<bool>("reverse"))

WALKS(lstm, Lstm);
WALKS(gru, Gru);
WALKS(rnn, Rnn);

extern "C" int panel() { return PANEL; }
