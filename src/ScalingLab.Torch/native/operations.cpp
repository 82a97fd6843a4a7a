// One C function an operation. The macros say the four shapes that most of them have.
#include "shim.h"

using sl::give;
using sl::guard;

#define SL_UNARY(name)                                                                                                 \
  SL_API int32_t sl_##name(Handle x, Handle* out) {                                                                    \
    return guard([&] { *out = give(x->name()); });                                                                     \
  }
// Matrix products, with sums in float whatever the factors.
#define SL_PRODUCT(name)                                                                                               \
  SL_API int32_t sl_##name(Handle x, Handle y, Handle* out) {                                                          \
    return guard([&] {                                                                                                 \
      *out = give(sl::adds_up_in_bfloat16(*x) ? at::name(x->to(at::kFloat), y->to(at::kFloat)).to(at::kBFloat16)       \
                                              : at::name(*x, *y));                                                     \
    });                                                                                                                \
  }
#define SL_BINARY(name)                                                                                                \
  SL_API int32_t sl_##name(Handle x, Handle y, Handle* out) {                                                          \
    return guard([&] { *out = give(x->name(*y)); });                                                                   \
  }
#define SL_SCALAR(name)                                                                                                \
  SL_API int32_t sl_##name##_scalar(Handle x, sl_scalar y, Handle* out) {                                              \
    return guard([&] { *out = give(x->name(sl::scalar(y))); });                                                        \
  }
#define SL_INPLACE(name)                                                                                               \
  SL_API int32_t sl_##name##_(Handle x, Handle y) {                                                                    \
    return guard([&] { x->name##_(*y); });                                                                             \
  }
#define SL_INPLACE_SCALAR(name)                                                                                        \
  SL_API int32_t sl_##name##_scalar_(Handle x, sl_scalar y) {                                                          \
    return guard([&] { x->name##_(sl::scalar(y)); });                                                                  \
  }

SL_UNARY(neg)
SL_UNARY(abs)
SL_UNARY(sign)
SL_UNARY(sqrt)
SL_UNARY(rsqrt)
SL_UNARY(square)
SL_UNARY(exp)
SL_UNARY(log)
SL_UNARY(sin)
SL_UNARY(cos)
SL_UNARY(tanh)
SL_UNARY(erf)
SL_UNARY(sigmoid)
SL_UNARY(relu)
SL_UNARY(logical_not)
SL_UNARY(isfinite)
SL_UNARY(isnan)
SL_UNARY(all)
SL_UNARY(any)
SL_UNARY(max)
SL_UNARY(min)
SL_UNARY(t)
SL_UNARY(contiguous)
SL_UNARY(clone)
SL_UNARY(detach)
SL_UNARY(alias)

SL_PRODUCT(matmul)
SL_PRODUCT(mm)
SL_PRODUCT(bmm)

SL_BINARY(add)
SL_BINARY(sub)
SL_BINARY(mul)
SL_BINARY(div)
SL_BINARY(pow)
SL_BINARY(outer)
SL_BINARY(eq)
SL_BINARY(ne)
SL_BINARY(lt)
SL_BINARY(gt)
SL_BINARY(ge)
SL_BINARY(le)
SL_BINARY(logical_and)
SL_BINARY(logical_or)

SL_API int32_t sl_maximum(Handle x, Handle y, Handle* out) {
  return guard([&] { *out = give(at::maximum(*x, *y)); });
}

SL_API int32_t sl_minimum(Handle x, Handle y, Handle* out) {
  return guard([&] { *out = give(at::minimum(*x, *y)); });
}

SL_SCALAR(add)
SL_SCALAR(sub)
SL_SCALAR(mul)
SL_SCALAR(div)
SL_SCALAR(pow)
SL_SCALAR(eq)
SL_SCALAR(ne)
SL_SCALAR(lt)
SL_SCALAR(gt)
SL_SCALAR(ge)
SL_SCALAR(le)

SL_API int32_t sl_rsub_scalar(Handle x, sl_scalar y, Handle* out) {
  return guard([&] { *out = give(at::rsub(*x, sl::scalar(y))); });
}

SL_INPLACE(sub)
SL_INPLACE(mul)
SL_INPLACE(div)
SL_INPLACE_SCALAR(add)
SL_INPLACE_SCALAR(sub)
SL_INPLACE_SCALAR(mul)
SL_INPLACE_SCALAR(div)
SL_INPLACE_SCALAR(fill)

SL_API int32_t sl_add_alpha(Handle x, Handle y, sl_scalar alpha, Handle* out) {
  return guard([&] { *out = give(x->add(*y, sl::scalar(alpha))); });
}

SL_API int32_t sl_add_(Handle x, Handle y, sl_scalar alpha) {
  return guard([&] { x->add_(*y, sl::scalar(alpha)); });
}

SL_API int32_t sl_zero_(Handle x) {
  return guard([&] { x->zero_(); });
}

SL_API int32_t sl_clamp(Handle x, sl_scalar low, sl_scalar high, Handle* out) {
  return guard([&] {
    auto bound = [](sl_scalar v) { return v.kind == 3 ? sl::nothing : sl::Optional<at::Scalar>(sl::scalar(v)); };
    *out = give(x->clamp(bound(low), bound(high)));
  });
}

SL_API int32_t sl_clamp_(Handle x, sl_scalar low, sl_scalar high) {
  return guard([&] {
    auto bound = [](sl_scalar v) { return v.kind == 3 ? sl::nothing : sl::Optional<at::Scalar>(sl::scalar(v)); };
    x->clamp_(bound(low), bound(high));
  });
}

SL_API int32_t sl_lerp_(Handle x, Handle end, Handle weight) {
  return guard([&] { x->lerp_(*end, *weight); });
}

SL_API int32_t sl_addcmul_(Handle x, Handle y, Handle z, sl_scalar value) {
  return guard([&] { x->addcmul_(*y, *z, sl::scalar(value)); });
}

SL_API int32_t sl_addcdiv_(Handle x, Handle y, Handle z, sl_scalar value) {
  return guard([&] { x->addcdiv_(*y, *z, sl::scalar(value)); });
}

SL_API int32_t sl_masked_fill(Handle x, Handle mask, sl_scalar value, Handle* out) {
  return guard([&] { *out = give(x->masked_fill(*mask, sl::scalar(value))); });
}

SL_API int32_t sl_masked_fill_(Handle x, Handle mask, sl_scalar value) {
  return guard([&] { x->masked_fill_(*mask, sl::scalar(value)); });
}

SL_API int32_t sl_where(Handle condition, Handle x, Handle y, Handle* out) {
  return guard([&] { *out = give(at::where(*condition, *x, *y)); });
}

SL_API int32_t sl_tril(Handle x, int64_t diagonal, Handle* out) {
  return guard([&] { *out = give(x->tril(diagonal)); });
}

SL_API int32_t sl_triu(Handle x, int64_t diagonal, Handle* out) {
  return guard([&] { *out = give(x->triu(diagonal)); });
}

SL_API int32_t sl_multinomial(Handle x, int64_t samples, int32_t replacement, at::Generator* generator, Handle* out) {
  return guard([&] { *out = give(x->multinomial(samples, replacement != 0, sl::generator(generator))); });
}

SL_API int32_t sl_allclose(Handle x, Handle y, double rtol, double atol, int32_t equal_nan, int32_t* out) {
  return guard([&] { *out = x->allclose(*y, rtol, atol, equal_nan != 0); });
}

SL_API int32_t sl_equal(Handle x, Handle y, int32_t* out) {
  return guard([&] { *out = x->equal(*y); });
}
