// Whole walks over time on CPU, their packed weights and large products, as calls for XLA. The
// gradients of weights and inputs are products of what the walks leave.
#include "backward.h"
#include "blas.h"
#include "forward.h"
#include "pack.h"
#include "share.h"

using Floats = ffi::Buffer<ffi::F32>;
using Masks = ffi::Buffer<ffi::PRED>;
using Out = ffi::ResultBuffer<ffi::F32>;
using Args = ffi::RemainingArgs;
using Results = ffi::RemainingRets;

namespace {

// The arguments and results of both walks, in order. What there is not is an empty array.
namespace forward_args {
enum { Z, X, W_X, B, W_H, B_N, H, C, H_START, C_START, REAL, RESTARTS };
}
namespace forward_results {
enum { ACTS, U, H_BEFORE, C_BEFORE, HS, H_LAST, C_LAST };
}
namespace backward_args {
enum { ACTS, W_H, U, H_BEFORE, C_BEFORE, DHS, DH_LAST, DC_LAST, REAL, RESTARTS };
}
namespace backward_results {
enum { DZ, DU, DH, DC, DH_START, DC_START };
}

template <class Buffer = Floats>
auto data(const Args& args, size_t i) {
  const Buffer a = args.get<Buffer>(i).value();
  return a.element_count() ? a.typed_data() : nullptr;
}

float* data(const Results& results, size_t i) { return results.get<Floats>(i).value()->typed_data(); }

auto dimensions(const Args& args, size_t i) { return args.get<Floats>(i).value().dimensions(); }

// Result ``to`` begins as argument ``from``, whose memory it may have.
void begin_as(const Results& results, size_t to, const Args& args, size_t from) {
  const float* source = data(args, from);
  float* target = data(results, to);
  if (source && source != target)
    std::memcpy(target, source, 4 * args.get<Floats>(from).value().element_count());
}

void begin_at_zero(const Results& results, size_t i) {
  std::memset(data(results, i), 0, 4 * results.get<Floats>(i).value()->element_count());
}

template <class Cell>
ffi::Error walk(ffi::ThreadPool pool, Args args, Results results, bool reverse, bool keep) {
  using namespace forward_args;
  Walk a{};
  a.steps = dimensions(args, X)[0], a.batch = dimensions(args, X)[1];
  a.inputs = dimensions(args, X)[2], a.units = dimensions(args, H)[1];
  a.reverse = reverse, a.keep = keep;
  a.real = data<Masks>(args, REAL), a.restarts = data<Masks>(args, RESTARTS);
  a.z = data(args, Z), a.x = data(args, X), a.w_x = data(args, W_X), a.b = data(args, B);
  a.w = data(args, W_H), a.bias = data(args, B_N);
  a.h_start = data(args, H_START), a.c_start = data(args, C_START);
  a.acts = data(results, forward_results::ACTS), a.extra = data(results, forward_results::U);
  a.h = data(results, forward_results::H_BEFORE), a.c = data(results, forward_results::C_BEFORE);
  a.hs = data(results, forward_results::HS);
  a.h_end = data(results, forward_results::H_LAST), a.c_end = data(results, forward_results::C_LAST);
  const float *h = data(args, H), *c = data(args, C);
  for (int64_t r = 0; r < a.batch; ++r)
    for (int64_t j = 0; j < a.units; j += LANES) {
      const int64_t at = r * a.units + j, n = a.units - j;
      hand_on<Cell>(a, 0, r, j, load(h + at, n), Cell::MEMORY ? load(c + at, n) : Vec{});
    }
  share<Forward, Cell>(pool, a);
  return ffi::Error::Success();
}

template <class Cell>
ffi::Error walk_back(ffi::ThreadPool pool, Args args, Results results, bool reverse) {
  using namespace backward_results;
  Walk a{};
  a.steps = dimensions(args, backward_args::ACTS)[0];
  a.batch = dimensions(args, backward_args::ACTS)[1];
  a.units = dimensions(args, backward_args::DH_LAST)[1];
  a.reverse = reverse, a.keep = true;
  a.real = data<Masks>(args, backward_args::REAL);
  a.restarts = data<Masks>(args, backward_args::RESTARTS);
  a.w = data(args, backward_args::W_H), a.dhs = data(args, backward_args::DHS);
  // The kernel reads what was kept, and only writes to results.
  a.extra = const_cast<float*>(data(args, backward_args::U));
  a.h = const_cast<float*>(data(args, backward_args::H_BEFORE));
  a.c = const_cast<float*>(data(args, backward_args::C_BEFORE));
  a.acts = data(results, DZ), a.du = data(results, DU);
  a.h_end = data(results, DH), a.c_end = data(results, DC);
  a.dh_start = data(results, DH_START), a.dc_start = data(results, DC_START);
  begin_as(results, DZ, args, backward_args::ACTS);
  begin_as(results, DH, args, backward_args::DH_LAST);
  begin_as(results, DC, args, backward_args::DC_LAST);
  begin_at_zero(results, DH_START), begin_at_zero(results, DC_START);
  share<Backward, Cell>(pool, a);
  return ffi::Error::Success();
}

ffi::Error product_of(ffi::ThreadPool pool, Floats x, Floats y, Out out, bool transpose_x, bool transpose_y) {
  const auto of = [](Floats& a, bool transposed) {
    return Factor{a.typed_data(), a.dimensions()[0], a.dimensions()[1], transposed};
  };
  const int64_t m = out->dimensions()[0], n = out->dimensions()[1];
  multiply(pool, of(x, transpose_x), of(y, transpose_y), out->typed_data(), m, n);
  return ffi::Error::Success();
}

ffi::Error pack_weight(ffi::ThreadPool pool, Floats w, Out out, bool transposed) {
  const int64_t gates = out->dimensions()[1], k = out->dimensions()[2];
  const int64_t units = w.element_count() / k / gates;
  pack(pool, w.typed_data(), out->typed_data(), gates, units, k, transposed);
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(product_by_blas, product_of,
                              ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>()
                                  .Ret<Floats>().Attr<bool>("transpose_x").Attr<bool>("transpose_y"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(packed_weight, pack_weight,
                              ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Ret<Floats>()
                                  .Attr<bool>("transposed"));

#define WALKS(NAME, CELL)                                                                        \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(NAME##_forward, walk<CELL>,                                      \
                                ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs()          \
                                    .RemainingRets().Attr<bool>("reverse").Attr<bool>("keep"));  \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(NAME##_backward, walk_back<CELL>,                                \
                                ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs()          \
                                    .RemainingRets().Attr<bool>("reverse"))

WALKS(lstm, Lstm);
WALKS(gru, Gru);
WALKS(rnn, Rnn);

extern "C" int panel() { return PANEL; }

extern "C" void use_blas(const Blas* found) { blas = *found; }
