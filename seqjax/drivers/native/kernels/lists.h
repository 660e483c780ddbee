// Arguments and results of calls as lists of arrays.
#pragma once

#include <cstring>
#include <vector>

#include "share.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

using Floats = ffi::Buffer<ffi::F32>;
using Marks = ffi::Buffer<ffi::PRED>;
using Args = ffi::RemainingArgs;
using Results = ffi::RemainingRets;
using Numbers = ffi::Span<const int64_t>;

inline Pool threads_of(ffi::ThreadPool& pool) {
  return {pool.num_threads(), [&pool](std::function<void()> work) { pool.Schedule(std::move(work)); }};
}

// What there is not is an empty array, and null here.
template <class Buffer = Floats>
auto data(const Args& args, size_t i) {
  const Buffer a = args.get<Buffer>(i).value();
  return a.element_count() ? a.typed_data() : nullptr;
}

inline float* data(const Results& results, size_t i) {
  auto a = results.get<Floats>(i).value();
  return a->element_count() ? a->typed_data() : nullptr;
}

inline auto dimensions(const Args& args, size_t i) {
  return args.get<Floats>(i).value().dimensions();
}

inline std::vector<const float*> list(const Args& args, size_t from, size_t count) {
  std::vector<const float*> all(count);
  for (size_t i = 0; i < count; ++i) all[i] = data(args, from + i);
  return all;
}

inline std::vector<float*> list(const Results& results, size_t from, size_t count) {
  std::vector<float*> all(count);
  for (size_t i = 0; i < count; ++i) all[i] = data(results, from + i);
  return all;
}

// Blocks of H columns of arguments [n H], [B, n H] or [T, B, n H]: pairs of an argument and a block.
template <class Buffer, class Number>
std::vector<Field<const Number>> fields(const Args& args, Numbers places, int64_t units) {
  std::vector<Field<const Number>> all;
  for (size_t i = 0; i < places.size(); i += 2) {
    const Buffer a = args.get<Buffer>(places[i]).value();
    const auto sizes = a.dimensions();
    const int64_t rank = sizes.size(), width = sizes[rank - 1];
    all.push_back({a.typed_data() + places[i + 1] * units,
                   rank > 2 ? sizes[rank - 2] * width : 0, rank > 1 ? width : 0});
  }
  return all;
}

// Result ``to`` begins as argument ``from``, whose memory it may have.
inline void begin_as(const Results& results, size_t to, const Args& args, size_t from) {
  const float* source = data(args, from);
  float* target = data(results, to);
  if (source && source != target)
    std::memcpy(target, source, 4 * args.get<Floats>(from).value().element_count());
}

inline void begin_at_zero(const Results& results, size_t i) {
  if (float* p = data(results, i))
    std::memset(p, 0, 4 * results.get<Floats>(i).value()->element_count());
}
