// A tensor's own facts, its making, its moves, its gradient.
#include "shim.h"

#include <cstring>

using sl::give;
using sl::guard;

namespace {

at::Tensor with_gradient(at::Tensor tensor, sl_options options) {
  if (options.requires_grad != 0)
    tensor.set_requires_grad(true);
  return tensor;
}

} // namespace

SL_API int32_t sl_empty(const int64_t* size, int32_t count, sl_options options, Handle* out) {
  return guard([&] { *out = give(with_gradient(at::empty(sl::sizes(size, count), sl::options(options)), options)); });
}

SL_API int32_t sl_zeros(const int64_t* size, int32_t count, sl_options options, Handle* out) {
  return guard([&] { *out = give(with_gradient(at::zeros(sl::sizes(size, count), sl::options(options)), options)); });
}

SL_API int32_t sl_ones(const int64_t* size, int32_t count, sl_options options, Handle* out) {
  return guard([&] { *out = give(with_gradient(at::ones(sl::sizes(size, count), sl::options(options)), options)); });
}

SL_API int32_t sl_full(const int64_t* size, int32_t count, sl_scalar value, sl_options options, Handle* out) {
  return guard([&] {
    *out = give(with_gradient(at::full(sl::sizes(size, count), sl::scalar(value), sl::options(options)), options));
  });
}

SL_API int32_t sl_arange(sl_scalar start, sl_scalar stop, sl_scalar step, sl_options options, Handle* out) {
  return guard([&] {
    *out = give(with_gradient(at::arange(sl::scalar(start), sl::scalar(stop), sl::scalar(step), sl::options(options)), options));
  });
}

SL_API int32_t sl_randn(const int64_t* size, int32_t count, at::Generator* generator, sl_options options, Handle* out) {
  return guard([&] {
    *out = give(with_gradient(at::randn(sl::sizes(size, count), sl::generator(generator), sl::options(options)), options));
  });
}

SL_API int32_t sl_rand(const int64_t* size, int32_t count, at::Generator* generator, sl_options options, Handle* out) {
  return guard([&] {
    *out = give(with_gradient(at::rand(sl::sizes(size, count), sl::generator(generator), sl::options(options)), options));
  });
}

SL_API int32_t sl_randint(int64_t low, int64_t high, const int64_t* size, int32_t count, at::Generator* generator,
                          sl_options options, Handle* out) {
  return guard([&] {
    auto chosen = options.dtype < 0 ? sl::options(options).dtype(at::kLong) : sl::options(options);
    *out = give(with_gradient(at::randint(low, high, sl::sizes(size, count), sl::generator(generator), chosen), options));
  });
}

// Copies bytes of the host into a new tensor; they must be exactly as many as it holds.
SL_API int32_t sl_from_bytes(const void* bytes, int64_t length, const int64_t* size, int32_t count, sl_options options, Handle* out) {
  return guard([&] {
    auto host = at::empty(sl::sizes(size, count), sl::options(options).device(at::kCPU));
    TORCH_CHECK(static_cast<int64_t>(host.nbytes()) == length, "a tensor of this shape holds ", host.nbytes(), " bytes, not ", length);
    std::memcpy(host.data_ptr(), bytes, static_cast<size_t>(length));
    *out = give(with_gradient(host.to(sl::options(options)), options));
  });
}

#define SL_LIKE(name)                                                                                                  \
  SL_API int32_t sl_##name(Handle x, sl_options options, Handle* out) {                                                \
    return guard([&] { *out = give(with_gradient(at::name(*x, sl::options(options)), options)); });                    \
  }
SL_LIKE(empty_like)
SL_LIKE(zeros_like)
SL_LIKE(ones_like)

SL_API int64_t sl_dim(Handle x) { return x->dim(); }
SL_API int64_t sl_numel(Handle x) { return x->numel(); }
SL_API int32_t sl_dtype(Handle x) { return static_cast<int32_t>(x->scalar_type()); }
SL_API int64_t sl_element_size(Handle x) { return static_cast<int64_t>(x->element_size()); }
SL_API int64_t sl_storage_offset(Handle x) { return x->storage_offset(); }
SL_API int32_t sl_device_type(Handle x) { return static_cast<int32_t>(x->device().type()); }
SL_API int32_t sl_device_index(Handle x) { return x->device().index(); }
SL_API int32_t sl_is_contiguous(Handle x) { return x->is_contiguous(); }
SL_API int32_t sl_is_leaf(Handle x) { return x->is_leaf(); }
SL_API int32_t sl_requires_grad(Handle x) { return x->requires_grad(); }

SL_API int32_t sl_data_ptr(Handle x, void** out) {
  return guard([&] { *out = x->data_ptr(); });
}

SL_API int32_t sl_sizes(Handle x, int64_t* out) {
  return guard([&] { std::copy(x->sizes().begin(), x->sizes().end(), out); });
}

SL_API int32_t sl_strides(Handle x, int64_t* out) {
  return guard([&] { std::copy(x->strides().begin(), x->strides().end(), out); });
}

SL_API int32_t sl_item(Handle x, sl_scalar* out) {
  return guard([&] { *out = sl::unscalar(x->item()); });
}

SL_API int32_t sl_set_requires_grad(Handle x, int32_t on) {
  return guard([&] { x->set_requires_grad(on != 0); });
}

SL_API int32_t sl_retain_grad(Handle x) {
  return guard([&] { x->retain_grad(); });
}

// Null where there is no gradient yet.
SL_API int32_t sl_grad(Handle x, Handle* out) {
  return guard([&] {
    const at::Tensor& grad = x->grad();
    *out = grad.defined() ? give(grad) : nullptr;
  });
}

SL_API int32_t sl_set_grad(Handle x, Handle grad) {
  return guard([&] { x->mutable_grad() = grad == nullptr ? at::Tensor() : *grad; });
}

SL_API int32_t sl_backward(Handle x, Handle grad, int32_t retain_graph, int32_t create_graph) {
  return guard([&] { x->backward(grad == nullptr ? at::Tensor() : *grad, retain_graph != 0, create_graph != 0); });
}

SL_API int32_t sl_to(Handle x, sl_options options, int32_t non_blocking, int32_t copy, Handle* out) {
  return guard([&] {
    auto device = options.device_type < 0 ? x->device() : *sl::options(options).device_opt();
    auto type = options.dtype < 0 ? x->scalar_type() : static_cast<at::ScalarType>(options.dtype);
    *out = give(x->to(device, type, non_blocking != 0, copy != 0));
  });
}

SL_API int32_t sl_copy_(Handle x, Handle source, int32_t non_blocking) {
  return guard([&] { x->copy_(*source, non_blocking != 0); });
}

SL_API int32_t sl_normal_(Handle x, double mean, double std, at::Generator* generator) {
  return guard([&] { x->normal_(mean, std, sl::generator(generator)); });
}

SL_API int32_t sl_uniform_(Handle x, double from, double to, at::Generator* generator) {
  return guard([&] { x->uniform_(from, to, sl::generator(generator)); });
}
