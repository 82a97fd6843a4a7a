// A block's first half: from the residual stream to queries, keys and values, attention itself, which is libtorch's (cuDNN's or FlashAttention), and
// from what it mixed back to the stream.
#include "blocks.h"

#include <ATen/Context.h>

#include <cmath>

namespace {

using namespace sl;
using namespace sl::cuda;

constexpr int THREADS = 256; // as in heads.cu

// What becomes of queries and keys before attention; tensors that are not defined stand for what is not done.
struct Heads {
  int64_t queries, keys;   // heads of each; a head of keys and values serves queries / keys neighbouring heads
  at::Tensor cosine, sine; // float [tokens or more, head / 2]
  at::Tensor slopes;       // float [queries]
  Weight query_gain, key_gain; // [head], of an RMS norm
  double eps;

  bool normed() const { return query_gain.value.defined(); }
  // Whether what attention reads lies apart from what was projected.
  bool apart() const { return normed() || slopes.defined(); }
  int64_t wide(int64_t head) const { return slopes.defined() ? (head + 6 + 7) / 8 * 8 : head; } // WIDE of heads.cu
};

const void* pointer(const at::Tensor& x) { return x.defined() ? x.data_ptr() : nullptr; }

Code heads_code(const at::Tensor& x, const Heads& heads, int64_t head) {
  return {"heads.cu", type_of(x) + " HEAD=" + std::to_string(head) + " HEADS=" + std::to_string(heads.queries) +
                          " PAIRS=" + std::to_string(heads.keys) + (heads.normed() ? " NORM" : "") + (heads.slopes.defined() ? " SLOPES" : "")};
}

// One head of one row for each group of threads or, where each has a gain to load or to sum up, at most `each` blocks a multiprocessor; a row's heads at
// least.
int64_t blocks_for(int64_t rows, int64_t heads, int64_t head, int each) {
  const int64_t steps = head / 2 / (head % 16 == 0 ? 8 : 1);
  int64_t lanes = 1;
  while (lanes < steps && lanes < 32)
    lanes *= 2;
  TORCH_CHECK(rows * heads * lanes < (int64_t(1) << 31), "attention_in: ", rows, " rows are too many for one pass");
  const int64_t groups = THREADS / lanes, all = (rows * heads + groups - 1) / groups;
  return each == 0 ? all : std::min(all, std::max<int64_t>(int64_t(each) * multiprocessors(), (heads + groups - 1) / groups));
}

// Rows of a head in order, each on 16 bytes where it is read by eight.
at::Tensor readable(const at::Tensor& x, int64_t head) {
  bool fits = x.stride(3) == 1;
  if (head % 16 == 0)
    fits = fits && x.stride(0) % 8 == 0 && x.stride(1) % 8 == 0 && x.stride(2) % 8 == 0 && reinterpret_cast<uintptr_t>(x.data_ptr()) % 16 == 0;
  return fits ? x : x.contiguous();
}

void keep_heads(AutogradContext* context, const Heads& heads) {
  keep(context, "query", heads.query_gain);
  keep(context, "key", heads.key_gain);
  context->saved_data["cosine"] = heads.cosine;
  context->saved_data["sine"] = heads.sine;
  context->saved_data["eps"] = heads.eps;
}

// The slopes are part of what went forward alone: their columns' gradients are nobody's.
Heads kept_heads(AutogradContext* context, const at::Tensor& dq, const at::Tensor& dk) {
  return {dq.size(1), dk.size(1), context->saved_data.at("cosine").toTensor(), context->saved_data.at("sine").toTensor(), at::Tensor(),
          kept(context, "query"), kept(context, "key"), context->saved_data.at("eps").toDouble()};
}

struct AttentionIn : torch::autograd::Function<AttentionIn> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x, const Norm& norm, const Linear& qkv, const Heads& heads) {
    const int64_t batch = x.size(0), tokens = x.size(1), head = x.size(2) / heads.queries, turned = heads.queries + heads.keys;
    auto flat = rows_of(x);
    auto [z, statistics] = norm_forward(flat, norm);
    auto packed = at::empty({flat.size(0), qkv.matrix.value.size(0)}, x.options());
    linear_forward(packed, z, qkv);
    z.reset();
    auto read = heads.apart() ? at::empty({flat.size(0), turned * heads.wide(head)}, x.options()) : packed;
    if (heads.apart() || heads.cosine.defined())
      run(heads_code(x, heads, head), "heads_forward", blocks_for(flat.size(0), turned, head, heads.normed() ? 8 : 0), THREADS,
          static_cast<const void*>(packed.data_ptr()), read.data_ptr(), pointer(heads.query_gain.value), pointer(heads.key_gain.value),
          pointer(heads.cosine), pointer(heads.sine), pointer(heads.slopes), static_cast<uint32_t>(flat.size(0)), static_cast<uint32_t>(tokens),
          static_cast<float>(heads.eps));
    // Not a view to autograd: each is an output of its own that shares memory with others.
    auto part = [&](const at::Tensor& from, int64_t width, int64_t first, int64_t count) {
      return from.view({batch, tokens, -1, width}).narrow(2, first, count).transpose(1, 2).variable_data();
    };
    keep(context, norm);
    keep(context, "qkv", qkv);
    keep_heads(context, heads);
    context->save_for_backward({x, statistics, heads.normed() ? packed : at::Tensor()});
    return {part(read, heads.wide(head), 0, heads.queries), part(read, heads.wide(head), heads.queries, heads.keys),
            part(packed, head, turned, heads.keys), x};
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto saved = context->get_saved_variables();
    auto norm = kept_norm(context);
    auto qkv = kept_linear(context, "qkv");
    auto x = rows_of(saved[0]);
    const int64_t head = grads[2].size(3), tokens = grads[2].size(2);
    auto dq = readable(grads[0], head), dk = readable(grads[1], head), dv = readable(grads[2], head);
    auto heads = kept_heads(context, dq, dk);
    const int64_t all = heads.queries + 2 * heads.keys, blocks = blocks_for(x.size(0), all, head, heads.normed() ? 2 : 0);
    auto packed = at::empty({x.size(0), all * head}, x.options());
    auto partial = heads.normed() ? at::empty({2, blocks, head}, x.options().dtype(at::kFloat)) : at::Tensor();
    run(heads_code(x, heads, head), "heads_backward", blocks, THREADS, dq.data_ptr(), dk.data_ptr(), dv.data_ptr(), dq.stride(0), dq.stride(1),
        dq.stride(2), dk.stride(0), dk.stride(1), dk.stride(2), dv.stride(0), dv.stride(1), dv.stride(2), pointer(saved[2]),
        pointer(heads.query_gain.value), pointer(heads.key_gain.value), packed.data_ptr(), pointer(heads.cosine), pointer(heads.sine),
        pointer(partial), static_cast<uint32_t>(x.size(0)), static_cast<uint32_t>(tokens), static_cast<float>(heads.eps));
    if (heads.normed()) {
      add_partials(partial[0], heads.query_gain.gradient);
      add_partials(partial[1], heads.key_gain.gradient);
    }
    dq = dk = dv = saved[2] = at::Tensor();
    grads[0] = grads[1] = grads[2] = at::Tensor();
    auto dx = normed_linear_backward(x, norm, saved[1], qkv, packed, rows_of(grads[3]));
    return {dx.view(saved[0].sizes()), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

struct AttentionOut : torch::autograd::Function<AttentionOut> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& mixed, const Linear& out) {
    auto flat = mixed.transpose(1, 2).reshape({-1, x.size(2)});
    auto y = at::empty_like(x, at::MemoryFormat::Contiguous);
    linear_forward(y.view({-1, x.size(2)}), flat, out, rows_of(x));
    keep(context, "out", out);
    context->saved_data["heads"] = mixed.size(1);
    context->saved_data["tokens"] = mixed.size(2);
    context->saved_data["mixed"] = flat;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto out = kept_linear(context, "out");
    auto mixed = context->saved_data.at("mixed").toTensor();
    auto heads = context->saved_data.at("heads").toInt(), tokens = context->saved_data.at("tokens").toInt();
    auto dy = rows_of(grads[0]);
    auto dmixed = at::empty_like(mixed);
    multiply(dmixed, {dy}, {out.matrix.value});
    linear_gradients(out, dy, mixed);
    context->saved_data.clear(); // autograd frees what it saved itself, and this is not
    return {grads[0], dmixed.view({-1, tokens, heads, mixed.size(1) / heads}).transpose(1, 2), at::Tensor()};
  }
};

// Each head so many times in a row.
at::Tensor repeated(const at::Tensor& x, int64_t times) {
  return x.unsqueeze(2).expand({x.size(0), x.size(1), times, x.size(2), x.size(3)}).reshape({x.size(0), -1, x.size(2), x.size(3)});
}

} // namespace

SL_API int32_t sl_cuda_attention_in(Handle x, Handle gain, Handle gain_gradient, Handle norm_bias, Handle norm_bias_gradient, int32_t is_layer,
                                    double eps, Handle qkv, Handle qkv_gradient, Handle qkv_bias, Handle qkv_bias_gradient, int64_t queries,
                                    int64_t keys, Handle cosine, Handle sine, Handle slopes, Handle query_gain, Handle query_gain_gradient,
                                    Handle key_gain, Handle key_gain_gradient, double heads_eps, Handle* out) {
  return guard([&] {
    check_blocks(*x, "attention_in");
    const int64_t width = x->size(-1);
    TORCH_CHECK(x->dim() == 3 && queries > 0 && keys > 0 && queries % keys == 0 && width % queries == 0 && width / queries % 2 == 0,
                "attention_in: x is ", x->sizes(), " for ", queries, " heads of queries and ", keys,
                " of keys; expected [sequences, tokens, width], heads of even width, a divisor of them for keys");
    const int64_t head = width / queries;
    Norm norm{weight(gain, gain_gradient), weight(norm_bias, norm_bias_gradient), is_layer != 0, eps};
    Linear linear{weight(qkv, qkv_gradient), weight(qkv_bias, qkv_bias_gradient)};
    check_norm(norm, *x, "attention_in: norm");
    check_linear(linear, *x, width + 2 * keys * head, width, "attention_in: qkv");
    Heads heads{queries, keys, {}, {}, {}, weight(query_gain, query_gain_gradient), weight(key_gain, key_gain_gradient), heads_eps};
    TORCH_CHECK((query_gain == nullptr) == (key_gain == nullptr), "attention_in: queries and keys are normed both or not at all");
    if (heads.normed()) {
      check_weight(heads.query_gain, *x, {head}, "attention_in: the queries' norm");
      check_weight(heads.key_gain, *x, {head}, "attention_in: the keys' norm");
    }
    if (cosine != nullptr) {
      heads.cosine = cosine->contiguous();
      heads.sine = sine->contiguous();
      TORCH_CHECK(heads.cosine.scalar_type() == at::kFloat && heads.cosine.size(0) >= x->size(1) && heads.cosine.size(1) == head / 2 &&
                      heads.sine.sizes() == heads.cosine.sizes(),
                  "attention_in: the tables are float [tokens, head width / 2], not ", heads.cosine.sizes());
    }
    if (slopes != nullptr) {
      heads.slopes = slopes->contiguous();
      TORCH_CHECK(heads.slopes.scalar_type() == at::kFloat && heads.slopes.dim() == 1 && heads.slopes.size(0) == queries,
                  "attention_in: one float slope a head of queries, not ", heads.slopes.sizes());
      TORCH_CHECK(x->size(1) <= 65536, "attention_in: slopes reach over at most 65,536 tokens, not ", x->size(1));
    }
    auto parts = AttentionIn::apply(*x, norm, linear, heads);
    for (size_t i = 0; i < 4; i++)
      out[i] = give(parts[i]);
  });
}

// Causal attention over what attention_in made.
SL_API int32_t sl_cuda_attention(Handle query, Handle key, Handle value, Handle* out) {
  return guard([&] {
    auto k = *key, v = *value;
    const int64_t group = query->size(1) / k.size(1), head = v.size(3), wide = query->size(3);
    const double scale = 1 / std::sqrt(static_cast<double>(head)); // queries and keys may be wider
    // Each form takes values narrower than queries that are a multiple of 8 wide, or equals.
    const int64_t filled = wide > head && head % 8 != 0 ? wide - head : 0;
    if (filled > 0)
      v = at::constant_pad_nd(v, {0, filled});
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
    const bool grouped = group > 1 && is_bf16(*query); // the forms for float know no groups
    if (group > 1 && !grouped)
      k = repeated(k, group), v = repeated(v, group);
    auto mixed = at::scaled_dot_product_attention(*query, k, v, {}, 0, true, scale, grouped);
#else
    TORCH_CHECK(wide == head, "attention with slopes needs libtorch 2.5 or later on a GPU");
    (void)scale;
    if (group > 1)
      k = repeated(k, group), v = repeated(v, group);
    auto mixed = at::scaled_dot_product_attention(*query, k, v, {}, 0, true);
#endif
    *out = give(filled > 0 ? mixed.narrow(3, 0, head) : mixed);
  });
}

SL_API int32_t sl_cuda_attention_out(Handle x, Handle mixed, Handle matrix, Handle gradient, Handle bias, Handle bias_gradient, Handle* out) {
  return guard([&] {
    check_blocks(*x, "attention_out");
    Linear linear{weight(matrix, gradient), weight(bias, bias_gradient)};
    check_linear(linear, *x, x->size(-1), x->size(-1), "attention_out");
    *out = give(AttentionOut::apply(*x, *mixed, linear));
  });
}

// Which of libtorch's forms of attention may run: bit 0 FlashAttention, bit 1 memory-efficient, bit 2 cuDNN's. The plain form always may.
SL_API int32_t sl_cuda_attention_forms([[maybe_unused]] int32_t forms) {
  return guard([&] {
#if TORCH_VERSION_MAJOR >= 2
    at::globalContext().setSDPUseFlash((forms & 1) != 0);
    at::globalContext().setSDPUseMemEfficient((forms & 2) != 0);
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 5
    at::globalContext().setSDPUseCuDNN((forms & 4) != 0);
#endif
#endif
  });
}
