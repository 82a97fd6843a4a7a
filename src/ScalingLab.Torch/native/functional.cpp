// The layers' functions.
#include "shim.h"

#include <torch/csrc/autograd/custom_function.h>

using sl::give;
using sl::guard;

namespace sl {

bool adds_up_in_bfloat16(const at::Tensor& x) {
#if TORCH_VERSION_MAJOR >= 2
  (void)x;
  return false;
#else
#if defined(__x86_64__)
  static const bool by_onednn = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  constexpr bool by_onednn = false;
#endif
  return x.is_cpu() && x.scalar_type() == at::kBFloat16 && !by_onednn;
#endif
}

} // namespace sl

namespace {

// x weight^T and its gradients with sums in float, each rounded once; kept are the factors in bfloat16.
struct LinearInFloat : torch::autograd::Function<LinearInFloat> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight) {
    context->save_for_backward({x, weight});
    return at::linear(x.to(at::kFloat), weight.to(at::kFloat)).to(at::kBFloat16);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto dy = gradients[0].to(at::kFloat).reshape({-1, saved[1].size(0)});
    auto dweight = at::mm(dy.t(), saved[0].reshape({-1, saved[1].size(1)}).to(at::kFloat)).to(at::kBFloat16);
    return {at::mm(dy, saved[1].to(at::kFloat)).to(at::kBFloat16).view(saved[0].sizes()), dweight};
  }
};

} // namespace

SL_API int32_t sl_linear(Handle x, Handle weight, Handle bias, Handle* out) {
  return guard([&] {
    if (!sl::adds_up_in_bfloat16(*x)) {
      *out = give(at::linear(*x, *weight, sl::maybe(bias)));
      return;
    }
    auto y = LinearInFloat::apply(*x, *weight);
    *out = give(bias == nullptr ? y : y + *bias);
  });
}

SL_API int32_t sl_gelu(Handle x, int32_t tanh, Handle* out) {
  return guard([&] { *out = give(at::gelu(*x, tanh != 0 ? "tanh" : "none")); });
}

SL_API int32_t sl_silu(Handle x, Handle* out) {
  return guard([&] { *out = give(at::silu(*x)); });
}

SL_API int32_t sl_layer_norm(Handle x, const int64_t* shape, int32_t count, Handle weight, Handle bias, double eps, Handle* out) {
  return guard([&] { *out = give(at::layer_norm(*x, sl::sizes(shape, count), sl::maybe(weight), sl::maybe(bias), eps)); });
}

SL_API int32_t sl_cross_entropy(Handle x, Handle target, Handle weight, int64_t reduction, int64_t ignore_index,
                                double label_smoothing, Handle* out) {
  return guard([&] {
    *out = give(at::cross_entropy_loss(*x, *target, sl::maybe(weight), reduction, ignore_index, label_smoothing));
  });
}

SL_API int32_t sl_scaled_dot_product_attention(Handle query, Handle key, Handle value, Handle mask, double p, int32_t is_causal,
                                               Handle* out) {
  return guard([&] {
#if TORCH_VERSION_MAJOR >= 2
    *out = give(at::scaled_dot_product_attention(*query, *key, *value, sl::maybe(mask), p, is_causal != 0));
#else
    *out = give(std::get<0>(at::_scaled_dot_product_attention(*query, *key, *value, sl::maybe(mask), p, false, is_causal != 0)));
#endif
  });
}

SL_API int32_t sl_dropout(Handle x, double p, int32_t training, Handle* out) {
  return guard([&] { *out = give(at::dropout(*x, p, training != 0)); });
}

SL_API int32_t sl_embedding(Handle weight, Handle indices, Handle* out) {
  return guard([&] { *out = give(at::embedding(*weight, *indices)); });
}
