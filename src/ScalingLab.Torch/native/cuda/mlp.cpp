// x + down(activation(up(norm(x)))): the position-wise half of a block; where norms come after, without its own.
#include "blocks.h"

namespace {

using namespace sl;
using namespace sl::cuda;

constexpr int THREADS = 256; // as in activation.cu

int64_t blocks_for(int64_t n) { return (n + 8 * THREADS - 1) / (8 * THREADS); }

enum Activation : int32_t { GELU = 0, SWIGLU = 1, RELU2 = 2 };

Code code_for(const at::Tensor& x, int64_t kind) {
  return {"activation.cu", type_of(x) + (kind == SWIGLU ? " HIDDEN=" + std::to_string(x.size(1) / 2) : "")};
}

at::Tensor activate(const at::Tensor& inner, int64_t kind) {
  auto y = kind == SWIGLU ? at::empty({inner.size(0), inner.size(1) / 2}, inner.options()) : at::empty_like(inner);
  auto name = kind == SWIGLU ? "swiglu_forward" : kind == RELU2 ? "relu2_forward" : "gelu_forward";
  run(code_for(inner, kind), name, blocks_for(y.numel()), THREADS, inner.data_ptr(), y.data_ptr(), y.numel());
  return y;
}

// The inner values' gradient and the activation again; dy's memory becomes one of them.
std::pair<at::Tensor, at::Tensor> activate_back(const at::Tensor& inner, const at::Tensor& dy, int64_t kind) {
  auto other = at::empty_like(inner);
  auto name = kind == SWIGLU ? "swiglu_backward" : kind == RELU2 ? "relu2_backward" : "gelu_backward";
  run(code_for(inner, kind), name, blocks_for(dy.numel()), THREADS, inner.data_ptr(), dy.data_ptr(), other.data_ptr(), dy.numel());
  if (kind == SWIGLU)
    return {other, dy};
  return {dy, other};
}

struct Mlp : torch::autograd::Function<Mlp> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Norm& norm, const Linear& up, const Linear& down,
                            int64_t kind) {
    auto flat = rows_of(x);
    auto [z, statistics] = norm_forward(flat, norm);
    auto inner = at::empty({flat.size(0), up.matrix.value.size(0)}, x.options());
    linear_forward(inner, z, up);
    z.reset();
    auto y = at::empty_like(flat);
    linear_forward(y, activate(inner, kind), down, flat);
    keep(context, norm);
    keep(context, "up", up);
    keep(context, "down", down);
    context->saved_data["kind"] = kind;
    context->saved_data["inner"] = inner;
    context->save_for_backward({x, statistics});
    return y.view(x.sizes());
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto saved = context->get_saved_variables();
    auto norm = kept_norm(context);
    auto up = kept_linear(context, "up"), down = kept_linear(context, "down");
    auto inner = context->saved_data.at("inner").toTensor();
    auto kind = context->saved_data.at("kind").toInt();
    context->saved_data.clear(); // autograd frees what it saved itself, and this is not
    auto x = rows_of(saved[0]), dy = rows_of(grads[0]);
    auto dactive = at::empty({x.size(0), down.matrix.value.size(1)}, x.options());
    multiply(dactive, {dy}, {down.matrix.value});
    auto [dinner, active] = activate_back(inner, dactive, kind);
    inner.reset();
    dactive.reset();
    linear_gradients(down, dy, active);
    active.reset();
    auto dx = normed_linear_backward(x, norm, saved[1], up, dinner, dy);
    return {dx.view(saved[0].sizes()), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_cuda_mlp(Handle x, Handle gain, Handle gain_gradient, Handle norm_bias, Handle norm_bias_gradient, int32_t is_layer, double eps,
                           Handle up, Handle up_gradient, Handle up_bias, Handle up_bias_gradient, Handle down, Handle down_gradient,
                           Handle down_bias, Handle down_bias_gradient, int32_t kind, Handle* out) {
  return guard([&] {
    check_blocks(*x, "mlp");
    Norm norm{weight(gain, gain_gradient), weight(norm_bias, norm_bias_gradient), is_layer != 0, eps};
    Linear u{weight(up, up_gradient), weight(up_bias, up_bias_gradient)}, d{weight(down, down_gradient), weight(down_bias, down_bias_gradient)};
    const int64_t width = x->size(-1), hidden = d.matrix.value.size(1);
    TORCH_CHECK(kind >= GELU && kind <= RELU2, "mlp: there is no activation ", kind);
    TORCH_CHECK(kind != SWIGLU || hidden % 8 == 0, "mlp: a gated hidden layer is a multiple of 8 wide, not ", hidden);
    check_norm(norm, *x, "mlp: norm");
    check_linear(u, *x, (kind == SWIGLU ? 2 : 1) * hidden, width, "mlp: up");
    check_linear(d, *x, width, hidden, "mlp: down");
    *out = give(Mlp::apply(*x, norm, u, d, static_cast<int64_t>(kind)));
  });
}
