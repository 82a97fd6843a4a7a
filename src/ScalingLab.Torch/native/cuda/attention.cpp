// The two sides of attention: from the residual stream to queries, keys and values, and from what attention mixed back to the stream.
// Attention itself is libtorch's (cuDNN's or FlashAttention), between them.
#include "blocks.h"

#include <ATen/Context.h>

namespace {

using namespace sl;
using namespace sl::cuda;

constexpr int THREADS = 256; // as in rotary.cu

struct Rotary {
  at::Tensor cosine, sine; // float [tokens or more, head / 2]; undefined for other kinds of positions
  const void* table(const at::Tensor& x) const { return x.defined() ? x.data_ptr() : nullptr; }
};

Code rotary_code(const at::Tensor& x, int64_t heads, int64_t head) {
  return {"rotary.cu", type_of(x) + " HEAD=" + std::to_string(head) + " HEADS=" + std::to_string(heads)};
}

int64_t blocks_for(int64_t rows, int64_t parts, int64_t heads, int64_t head) {
  auto threads = rows * parts * heads * (head / 2 / (head % 16 == 0 ? 8 : 1));
  TORCH_CHECK(threads < (int64_t(1) << 31), "rotary: ", rows, " rows are too many for one pass");
  return (threads + THREADS - 1) / THREADS;
}

// Rows of a head in order, each on 16 bytes where it is read by eight.
at::Tensor readable(const at::Tensor& x) {
  bool fits = x.stride(3) == 1;
  if (x.size(3) % 16 == 0)
    fits = fits && x.stride(0) % 8 == 0 && x.stride(1) % 8 == 0 && x.stride(2) % 8 == 0 && reinterpret_cast<uintptr_t>(x.data_ptr()) % 16 == 0;
  return fits ? x : x.contiguous();
}

struct AttentionIn : torch::autograd::Function<AttentionIn> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x, const Norm& norm, const Linear& qkv, const Rotary& rotary,
                               int64_t heads) {
    const int64_t batch = x.size(0), tokens = x.size(1), head = x.size(2) / heads;
    auto flat = rows_of(x);
    auto [z, statistics] = norm_forward(flat, norm);
    auto packed = at::empty({flat.size(0), 3 * x.size(2)}, x.options());
    linear_forward(packed, z, qkv);
    if (rotary.cosine.defined())
      run(rotary_code(x, heads, head), "rotate", blocks_for(flat.size(0), 2, heads, head), THREADS, packed.data_ptr(), rotary.table(rotary.cosine),
          rotary.table(rotary.sine), static_cast<uint32_t>(flat.size(0)), static_cast<uint32_t>(tokens));
    auto parts = packed.view({batch, tokens, 3, heads, head}).permute({2, 0, 3, 1, 4});
    keep(context, norm);
    keep(context, "qkv", qkv);
    context->saved_data["cosine"] = rotary.cosine;
    context->saved_data["sine"] = rotary.sine;
    context->save_for_backward({x, statistics});
    // Not views to autograd: each is an output of its own that shares memory with the others.
    return {parts.select(0, 0).variable_data(), parts.select(0, 1).variable_data(), parts.select(0, 2).variable_data(), x};
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto saved = context->get_saved_variables();
    auto norm = kept_norm(context);
    auto qkv = kept_linear(context, "qkv");
    auto cosine = context->saved_data.at("cosine").toTensor(), sine = context->saved_data.at("sine").toTensor();
    auto x = rows_of(saved[0]);
    auto dq = readable(grads[0]), dk = readable(grads[1]), dv = readable(grads[2]);
    const int64_t heads = dq.size(1), tokens = dq.size(2), head = dq.size(3);
    auto packed = at::empty({x.size(0), 3 * x.size(1)}, x.options());
    auto pointer = [](const at::Tensor& t) -> const void* { return t.defined() ? t.data_ptr() : nullptr; };
    run(rotary_code(x, heads, head), "pack_gradient", blocks_for(x.size(0), 3, heads, head), THREADS, dq.data_ptr(), dk.data_ptr(), dv.data_ptr(),
        dq.stride(0), dq.stride(1), dq.stride(2), dk.stride(0), dk.stride(1), dk.stride(2), dv.stride(0), dv.stride(1), dv.stride(2),
        packed.data_ptr(), pointer(cosine), pointer(sine), static_cast<uint32_t>(x.size(0)), static_cast<uint32_t>(tokens));
    dq = dk = dv = at::Tensor();
    grads[0] = grads[1] = grads[2] = at::Tensor();
    auto dx = normed_linear_backward(x, norm, saved[1], qkv, packed, rows_of(grads[3]));
    return {dx.view(saved[0].sizes()), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
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

} // namespace

SL_API int32_t sl_cuda_attention_in(Handle x, Handle gain, Handle gain_gradient, Handle norm_bias, Handle norm_bias_gradient, int32_t is_layer,
                                    double eps, Handle qkv, Handle qkv_gradient, Handle qkv_bias, Handle qkv_bias_gradient, Handle cosine,
                                    Handle sine, int64_t heads, Handle* out) {
  return guard([&] {
    check_blocks(*x, "attention_in");
    const int64_t width = x->size(-1);
    TORCH_CHECK(x->dim() == 3 && width % heads == 0 && width / heads % 2 == 0, "attention_in: x is ", x->sizes(), " for ", heads,
                " heads; expected [sequences, tokens, width], heads of even width");
    Norm norm{weight(gain, gain_gradient), weight(norm_bias, norm_bias_gradient), is_layer != 0, eps};
    Linear linear{weight(qkv, qkv_gradient), weight(qkv_bias, qkv_bias_gradient)};
    check_norm(norm, *x, "attention_in: norm");
    check_linear(linear, *x, 3 * width, width, "attention_in: qkv");
    Rotary rotary;
    if (cosine != nullptr) {
      rotary = {cosine->contiguous(), sine->contiguous()};
      TORCH_CHECK(rotary.cosine.scalar_type() == at::kFloat && rotary.cosine.size(0) >= x->size(1) &&
                      rotary.cosine.size(1) == width / heads / 2 && rotary.sine.sizes() == rotary.cosine.sizes(),
                  "attention_in: the tables are float [tokens, head width / 2], not ", rotary.cosine.sizes());
    }
    auto parts = AttentionIn::apply(*x, norm, linear, rotary, heads);
    for (size_t i = 0; i < 4; i++)
      out[i] = give(parts[i]);
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
