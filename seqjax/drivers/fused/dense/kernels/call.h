// A call of a kernel, from what XLA hands over: arrays, and where in them each place lies.
#pragma once

#include <cstdint>
#include <string>

// Of ``sizes``, in order.
enum Size {
  STEPS, BATCH, UNITS, REVERSE, COLUMNS, GROUPS, THREADS, CLUSTER, MEMORY, RING, RING_WORDS
};

struct Call {
  std::string kernel;
  int columns, groups, threads, cluster, memory;
  void* ring;
  size_t ring_words;
  int* fault;
  Arguments arguments;
};

// ``places``: four numbers each: which buffer, arguments first, then results, or -1; the byte in
// it; the strides of steps and rows.
inline Call call_of(xla::ffi::RemainingArgs args, xla::ffi::RemainingRets results,
                    std::string_view kernel, xla::ffi::Span<const int64_t> sizes,
                    xla::ffi::Span<const int64_t> places) {
  Call call{};
  call.kernel = std::string(kernel), call.ring_words = sizes[RING_WORDS];
  call.columns = sizes[COLUMNS], call.groups = sizes[GROUPS], call.threads = sizes[THREADS];
  call.cluster = sizes[CLUSTER], call.memory = sizes[MEMORY];
  Arguments& a = call.arguments;
  a.steps = sizes[STEPS], a.batch = sizes[BATCH];
  a.units = sizes[UNITS], a.reverse = sizes[REVERSE];
  for (size_t i = 0; 4 * i < places.size(); ++i) {
    const int64_t buffer = places[4 * i], count = args.size();
    if (buffer < 0) continue;
    void* data = buffer < count
                     ? args.get<xla::ffi::AnyBuffer>(buffer).value().untyped_data()
                     : results.get<xla::ffi::AnyBuffer>(buffer - count).value()->untyped_data();
    a.place[i] = {(char*)data + places[4 * i + 1], places[4 * i + 2], places[4 * i + 3]};
  }
  call.ring = a.place[sizes[RING]].data, call.fault = (int*)a.place[sizes[RING] + 1].data;
  return call;
}

// The error of a walk before this one, None if there was none; it is told once.
inline xla::ffi::Error error_of(int fault) {
  if (!fault) return xla::ffi::Error::Success();
  const char* what = fault == 1 ? "what others feed back" : "partial sums of its cluster";
  return xla::ffi::Error(
      xla::ffi::ErrorCode::kDeadlineExceeded,
      std::string("driver: fused: in a walk before this one a block waited too long for ") + what +
          ", and its results are NaN; use hoisted");
}
