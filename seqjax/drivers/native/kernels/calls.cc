// Whole walks over time on CPU, their packed weights and large products, as calls for XLA. The walks
// are those of gates, each a library of its own; the gradients of weights and inputs are products of
// what they leave.
#include <map>
#include <mutex>
#include <string>

#include "blas.h"
#include "lists.h"
#include "pack.h"
#include "products.h"

namespace {

using WalkOfGate = void (*)(const Walk&, const Pool&);
struct Gate {
  WalkOfGate forward, backward;
};
std::map<std::string, Gate> gates;
std::mutex gates_mutex;

Gate find(std::string_view name) {
  std::lock_guard<std::mutex> lock(gates_mutex);
  const auto found = gates.find(std::string(name));
  return found == gates.end() ? Gate{} : found->second;
}

ffi::Error unknown(std::string_view gate) {
  return ffi::Error(ffi::ErrorCode::kNotFound, "native: no gate " + std::string(gate) + " is loaded");
}

// The arguments and results of both walks, in order; then come the parts of the carry by turns: all
// of the first list, all of the second.
namespace forward_args {
enum { Z, X, W_X, B, W_H, REAL, RESTARTS, FIRST };
}
namespace forward_results {
enum { KEPT, MORE, HS, FED, CARRY };
}
namespace backward_args {
enum { KEPT, W_H, MORE, DHS, REAL, RESTARTS, CARRY };
}
namespace backward_results {
enum { DZ, DU, DCARRY };
}

ffi::Error walk(ffi::ThreadPool pool, Args args, Results results, std::string_view gate,
                int64_t head, int64_t parts, Numbers fields_at, Numbers masks_at, bool reverse,
                bool keep, bool states) {
  using namespace forward_args;
  const Gate found = find(gate);
  if (!found.forward) return unknown(gate);
  Walk a{};
  const auto sizes = dimensions(args, FIRST);
  a.batch = sizes[0], a.units = sizes[1], a.head = head, a.span = span(a.units, head);
  a.steps = results.get<Floats>(forward_results::HS).value()->dimensions()[0];
  a.inputs = dimensions(args, X).back();
  a.reverse = reverse, a.keep = keep;
  a.real = data<Marks>(args, REAL), a.restarts = data<Marks>(args, RESTARTS);
  a.z = data(args, Z), a.x = data(args, X), a.w_x = data(args, W_X), a.b = data(args, B);
  a.w = data(args, W_H);
  a.kept = data(results, forward_results::KEPT), a.more = data(results, forward_results::MORE);
  a.hs = data(results, forward_results::HS), a.fed = data(results, forward_results::FED);
  const auto first = list(args, FIRST, parts), start = list(args, FIRST + parts, parts);
  const auto carry = list(results, forward_results::CARRY, parts);
  const auto end = list(results, forward_results::CARRY + parts, parts);
  const auto all = list(results, forward_results::CARRY + 2 * parts, states ? parts : 0);
  const auto numbers = fields<Floats, float>(args, fields_at, a.units);
  const auto masks = fields<Marks, bool>(args, masks_at, a.units);
  a.first = first.data(), a.start = start.data(), a.carry = carry.data(), a.end = end.data();
  a.states = states ? all.data() : nullptr, a.fields = numbers.data(), a.masks = masks.data();
  a.tiles = TILES.data();
  if (a.batch) found.forward(a, threads_of(pool));
  return ffi::Error::Success();
}

ffi::Error walk_back(ffi::ThreadPool pool, Args args, Results results, std::string_view gate,
                     int64_t head, int64_t parts, Numbers fields_at, Numbers masks_at, bool reverse,
                     bool states) {
  using namespace backward_results;
  const Gate found = find(gate);
  if (!found.backward) return unknown(gate);
  Walk a{};
  const size_t dlast = backward_args::CARRY + parts;
  const auto sizes = dimensions(args, dlast);
  a.batch = sizes[0], a.units = sizes[1], a.head = head, a.span = span(a.units, head);
  a.steps = dimensions(args, backward_args::DHS)[0];
  a.reverse = reverse, a.keep = true;
  a.real = data<Marks>(args, backward_args::REAL);
  a.restarts = data<Marks>(args, backward_args::RESTARTS);
  a.w = data(args, backward_args::W_H), a.dhs = data(args, backward_args::DHS);
  a.kept = data(results, DZ), a.du = data(results, DU);
  // The kernel reads what was kept, and only writes to results.
  a.more = const_cast<float*>(data(args, backward_args::MORE));
  std::vector<float*> carry;
  for (const float* p : list(args, backward_args::CARRY, parts))
    carry.push_back(const_cast<float*>(p));
  const auto dstates = list(args, dlast + parts, states ? parts : 0);
  const auto end = list(results, DCARRY, parts), dstart = list(results, DCARRY + parts, parts);
  const auto numbers = fields<Floats, float>(args, fields_at, a.units);
  const auto masks = fields<Marks, bool>(args, masks_at, a.units);
  std::vector<Field<float>> dfields;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t at = DCARRY + 2 * parts + i;
    dfields.push_back({data(results, at), numbers[i].step ? a.batch * a.units : 0, a.units});
    if (!numbers[i].step) begin_at_zero(results, at);
  }
  begin_as(results, DZ, args, backward_args::KEPT);
  for (int64_t i = 0; i < parts; ++i) {
    begin_as(results, DCARRY + i, args, dlast + i);
    begin_at_zero(results, DCARRY + parts + i);
  }
  a.carry = carry.data(), a.end = end.data(), a.dstart = dstart.data();
  a.dstates = states ? dstates.data() : nullptr;
  a.fields = numbers.data(), a.masks = masks.data(), a.dfields = dfields.data();
  a.tiles = TILES.data();
  if (a.batch) found.backward(a, threads_of(pool));
  return ffi::Error::Success();
}

ffi::Error product_of(ffi::ThreadPool pool, Floats x, Floats y, ffi::ResultBuffer<ffi::F32> out,
                      bool transpose_x, bool transpose_y) {
  const auto of = [](Floats& a, bool transposed) {
    return Factor{a.typed_data(), a.dimensions()[0], a.dimensions()[1], transposed};
  };
  const int64_t m = out->dimensions()[0], n = out->dimensions()[1];
  multiply(threads_of(pool), of(x, transpose_x), of(y, transpose_y), out->typed_data(), m, n);
  return ffi::Error::Success();
}

// A dense weight, or with ``head`` one of heads of so many units.
ffi::Error pack_weight(ffi::ThreadPool pool, Floats w, ffi::ResultBuffer<ffi::F32> out,
                       int64_t head, int64_t units, bool transposed) {
  const int64_t gates = out->dimensions()[1], k = out->dimensions()[2];
  if (head) pack_heads(w.typed_data(), out->typed_data(), gates, units, head, transposed);
  else pack(threads_of(pool), w.typed_data(), out->typed_data(), gates, units, k, transposed);
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    forward, walk,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs().RemainingRets()
        .Attr<std::string_view>("gate").Attr<int64_t>("head").Attr<int64_t>("parts")
        .Attr<Numbers>("fields").Attr<Numbers>("masks").Attr<bool>("reverse").Attr<bool>("keep")
        .Attr<bool>("states"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    backward, walk_back,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs().RemainingRets()
        .Attr<std::string_view>("gate").Attr<int64_t>("head").Attr<int64_t>("parts")
        .Attr<Numbers>("fields").Attr<Numbers>("masks").Attr<bool>("reverse")
        .Attr<bool>("states"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(product_by_blas, product_of,
                              ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Arg<Floats>()
                                  .Ret<Floats>().Attr<bool>("transpose_x").Attr<bool>("transpose_y"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(packed_weight, pack_weight,
                              ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Floats>().Ret<Floats>()
                                  .Attr<int64_t>("head").Attr<int64_t>("units")
                                  .Attr<bool>("transposed"));

extern "C" int panel() { return PANEL; }

extern "C" void use_blas(const Blas* found) { blas = *found; }

extern "C" void add_gate(const char* name, WalkOfGate forward, WalkOfGate backward) {
  std::lock_guard<std::mutex> lock(gates_mutex);
  gates[name] = {forward, backward};
}
