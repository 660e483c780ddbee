// Both walks of a gate as functions that the calls find by name.
#pragma once

#include "backward.h"
#include "forward.h"
#include "functions.h"
#include "share.h"

// What a gate makes of its parameters before the first step: [H], or [B, H] if rows have their own.
template <class Gate>
class Ready {
 public:
  explicit Ready(const Walk& walk) : walk_(walk) {
    bool shared = true;
    for (int f = 0; f < Gate::FIELDS; ++f) shared &= walk.fields[f].step > 0 || !walk.fields[f].row;
    const int64_t H = walk.units, rows = shared ? 1 : walk.batch;
    table_.resize(Gate::READY * rows * H);
    for (int f = 0; f < Gate::READY; ++f)
      fields_[f] = {table_.data() + f * rows * H, 0, shared ? 0 : H};
    for (int64_t r = 0; r < rows && Gate::READY; ++r)
      for (int64_t j = 0; j < H; j += LANES) {
        Vec field[Gate::FIELDS + 1], made[Gate::READY + 1];
        for (int f = 0; f < Gate::FIELDS; ++f) field[f] = load(walk.fields[f].at(0, r, j), H - j);
        Gate::template prepare<Vec>(field, made);
        for (int f = 0; f < Gate::READY; ++f)
          store(table_.data() + (f * rows + r) * H + j, made[f], H - j);
      }
    walk_.ready = fields_;
  }
  const Walk& walk() const { return walk_; }

 private:
  Walk walk_;
  std::vector<float> table_;
  Field<const float> fields_[Gate::READY + 1];
};

template <class Gate>
void walk_forward(const Walk& given, const Pool& pool) {
  const Ready<Gate> ready(given);
  const Walk& a = ready.walk();
  const Next<Gate> next(a, 0);
  for (int64_t r = 0; r < a.batch; ++r)
    for (int64_t j = 0; j < a.units; j += LANES) {
      Vec carry[Gate::PARTS];
      for (int i = 0; i < Gate::PARTS; ++i)
        carry[i] = load(a.first[i] + r * a.units + j, a.units - j);
      next.take(r, j, a.units - j, carry);
    }
  share<Forward, Gate>(pool, a);
}

template <class Gate>
void walk_backward(const Walk& given, const Pool& pool) {
  const Ready<Gate> ready(given);
  share<Backward, Gate>(pool, ready.walk());
}

#define WALKS(NAME)                                                                        \
  extern "C" void NAME##_forward(const Walk& a, const Pool& p) { walk_forward<NAME>(a, p); } \
  extern "C" void NAME##_backward(const Walk& a, const Pool& p) { walk_backward<NAME>(a, p); }
