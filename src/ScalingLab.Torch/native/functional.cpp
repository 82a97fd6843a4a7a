// The layers' functions.
#include "shim.h"

using sl::give;
using sl::guard;

SL_API int32_t sl_linear(Handle x, Handle weight, Handle bias, Handle* out) {
  return guard([&] { *out = give(at::linear(*x, *weight, sl::maybe(bias))); });
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
