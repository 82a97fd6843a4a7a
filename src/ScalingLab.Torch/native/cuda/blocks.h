// What the fused blocks share. A block's ways forward and back are written out whole, so that what one kernel leaves in memory is what the
// next one reads, and each weight's gradient is added by its matrix product to a float sum that outlives the step.
// N rows (tokens of all sequences), D wide.
#pragma once

#include "compiler.h"
#include "gemm.h"

#include <torch/csrc/autograd/custom_function.h>

namespace sl::cuda {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A weight as the model computes with it, and the float sum that its gradient is added to. Autograd sees neither.
struct Weight {
  at::Tensor value, gradient;
};

inline Weight weight(Handle value, Handle gradient) {
  return {value == nullptr ? at::Tensor() : value->detach(), gradient == nullptr ? at::Tensor() : *gradient};
}

// A matrix [out, in] and its bias [out], undefined where it has none.
struct Linear {
  Weight matrix, bias;
};

// RMSNorm, or LayerNorm, which alone may have a bias; without a gain none: its way forward and back then leave everything as it is.
struct Norm {
  Weight gain, bias;
  bool is_layer;
  double eps;
  bool is_there() const { return gain.value.defined(); }
};

// The tensors of a way back that are not what autograd follows.
inline void keep(AutogradContext* context, const char* name, const Weight& w) {
  context->saved_data[std::string(name)] = w.value;
  context->saved_data[std::string(name) + ".gradient"] = w.gradient;
}

inline Weight kept(AutogradContext* context, const char* name) {
  return {context->saved_data.at(std::string(name)).toTensor(), context->saved_data.at(std::string(name) + ".gradient").toTensor()};
}

inline void keep(AutogradContext* context, const char* name, const Linear& linear) {
  keep(context, name, linear.matrix);
  keep(context, (std::string(name) + ".bias").c_str(), linear.bias);
}

inline Linear kept_linear(AutogradContext* context, const char* name) {
  return {kept(context, name), kept(context, (std::string(name) + ".bias").c_str())};
}

inline void keep(AutogradContext* context, const Norm& norm) {
  keep(context, "norm", norm.gain);
  keep(context, "norm.bias", norm.bias);
  context->saved_data["norm.is_layer"] = norm.is_layer;
  context->saved_data["norm.eps"] = norm.eps;
}

inline Norm kept_norm(AutogradContext* context) {
  return {kept(context, "norm"), kept(context, "norm.bias"), context->saved_data.at("norm.is_layer").toBool(),
          context->saved_data.at("norm.eps").toDouble()};
}

inline void check_blocks(const at::Tensor& x, const char* name) {
  TORCH_CHECK(x.is_cuda() && (x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kFloat), name,
              ": bfloat16 or float on a CUDA device, not ", x.scalar_type(), " on ", x.device());
}

inline void check_weight(const Weight& w, const at::Tensor& x, at::IntArrayRef shape, const char* name) {
  TORCH_CHECK(w.value.sizes() == shape && w.value.scalar_type() == x.scalar_type() && w.value.is_contiguous(), name, ": expected ", shape,
              " of ", x.scalar_type(), ", found ", w.value.sizes(), " of ", w.value.scalar_type());
  TORCH_CHECK(!w.gradient.defined() || (w.gradient.sizes() == shape && w.gradient.scalar_type() == at::kFloat && w.gradient.is_contiguous()),
              name, ": its gradient is float, of the same shape");
}

inline void check_linear(const Linear& linear, const at::Tensor& x, int64_t outputs, int64_t inputs, const char* name) {
  check_weight(linear.matrix, x, {outputs, inputs}, name);
  if (linear.bias.value.defined())
    check_weight(linear.bias, x, {outputs}, name);
}

inline void check_norm(const Norm& norm, const at::Tensor& x, const char* name) {
  if (!norm.is_there())
    return;
  check_weight(norm.gain, x, {x.size(-1)}, name);
  TORCH_CHECK(norm.is_layer || !norm.bias.value.defined(), name, ": an RMS norm has no bias");
  if (norm.bias.value.defined())
    check_weight(norm.bias, x, {x.size(-1)}, name);
}

// x [N, D] as rows, in order.
inline at::Tensor rows_of(const at::Tensor& x) { return x.contiguous().view({-1, x.size(-1)}); }

// out [N, outputs] = x matrix^T + bias, plus addend where there is one.
inline void linear_forward(const at::Tensor& out, const at::Tensor& x, const Linear& linear, const at::Tensor& addend = {}) {
  multiply(out, {x}, transposed(linear.matrix.value), addend, linear.bias.value);
}

// gradient [columns] += the sums of x's columns, x [N, columns].
void add_column_sums(const at::Tensor& x, const at::Tensor& gradient);

// gradient [columns] += the sum of the rows of partial, float [slices, columns].
void add_partials(const at::Tensor& partial, const at::Tensor& gradient);

// What the linear layer's gradients grow by, of dy [N, outputs] and what it was applied to.
inline void linear_gradients(const Linear& linear, const at::Tensor& dy, const at::Tensor& x) {
  multiply(linear.matrix.gradient, transposed(dy), {x}, linear.matrix.gradient);
  if (linear.bias.value.defined())
    add_column_sums(dy, linear.bias.gradient);
}

// The norm of x [N, D], and what its backward pass needs: float [N], 1 / sqrt(mean(x^2) + eps), or of LayerNorm [2, N], 1 / sqrt(variance + eps)
// and means. Where there is no norm x itself, and nothing.
std::pair<at::Tensor, at::Tensor> norm_forward(const at::Tensor& x, const Norm& norm);

// The gradient of x, with the residual's added; dy becomes the norm again, unless that is not wanted; the gradients of gain and bias grow. upstream,
// where there is one, must be 1. For a norm that is there.
at::Tensor norm_backward(const at::Tensor& x, const Norm& norm, const at::Tensor& statistics, const at::Tensor& dy, const at::Tensor& residual,
                         const at::Tensor& upstream = {}, bool again = true);

// The backward pass through linear(norm(x)), dy [N, outputs]: the gradient of x [N, D], with the residual's added where there is one; the gradients of both grow.
at::Tensor normed_linear_backward(const at::Tensor& x, const Norm& norm, const at::Tensor& statistics, const Linear& linear, const at::Tensor& dy,
                                  const at::Tensor& residual = {});

} // namespace sl::cuda
