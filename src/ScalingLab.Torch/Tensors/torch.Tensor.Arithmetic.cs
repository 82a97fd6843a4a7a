using ScalingLab.Torch.Modules;

namespace ScalingLab.Torch;

public static partial class torch
{
    /// <remarks>Element by element: the other operand is broadcast, integers and reals meet as libtorch's promotion
    /// says.</remarks>
    public sealed partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right) =>
            Native.NewTensor(Native.sl_rsub_scalar(right.Raw, left.Raw, out var y), y);
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator /(Scalar left, Tensor right)
        {
            using var numerator =
                Native.NewTensor(
                    Native.sl_full([], 0, left.Raw, new NativeOptions(right.dtype, right.device), out var y), y);
            return numerator.div(right);
        }

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public Tensor add(Tensor target) => Native.NewTensor(Native.sl_add(Raw, target.Raw, out var y), y);
        public Tensor add(Tensor target, Scalar alpha) =>
            Native.NewTensor(Native.sl_add_alpha(Raw, target.Raw, alpha.Raw, out var y), y);
        public Tensor add(Scalar scalar) => Native.NewTensor(Native.sl_add_scalar(Raw, scalar.Raw, out var y), y);
        public Tensor sub(Tensor target) => Native.NewTensor(Native.sl_sub(Raw, target.Raw, out var y), y);
        public Tensor sub(Scalar target) => Native.NewTensor(Native.sl_sub_scalar(Raw, target.Raw, out var y), y);
        public Tensor mul(Tensor target) => Native.NewTensor(Native.sl_mul(Raw, target.Raw, out var y), y);
        public Tensor mul(Scalar target) => Native.NewTensor(Native.sl_mul_scalar(Raw, target.Raw, out var y), y);
        public Tensor div(Tensor target) => Native.NewTensor(Native.sl_div(Raw, target.Raw, out var y), y);
        public Tensor div(Scalar target) => Native.NewTensor(Native.sl_div_scalar(Raw, target.Raw, out var y), y);
        public Tensor pow(Tensor exponent) => Native.NewTensor(Native.sl_pow(Raw, exponent.Raw, out var y), y);
        public Tensor pow(Scalar exponent) => Native.NewTensor(Native.sl_pow_scalar(Raw, exponent.Raw, out var y), y);

        public Tensor add_(Tensor target) => add_(target, 1);
        public Tensor add_(Tensor target, Scalar alpha) => Done(Native.sl_add_(Raw, target.Raw, alpha.Raw));
        public Tensor add_(Scalar scalar) => Done(Native.sl_add_scalar_(Raw, scalar.Raw));
        public Tensor sub_(Tensor target) => Done(Native.sl_sub_(Raw, target.Raw));
        public Tensor sub_(Scalar target) => Done(Native.sl_sub_scalar_(Raw, target.Raw));
        public Tensor mul_(Tensor target) => Done(Native.sl_mul_(Raw, target.Raw));
        public Tensor mul_(Scalar target) => Done(Native.sl_mul_scalar_(Raw, target.Raw));
        public Tensor div_(Tensor target) => Done(Native.sl_div_(Raw, target.Raw));
        public Tensor div_(Scalar target) => Done(Native.sl_div_scalar_(Raw, target.Raw));
        public Tensor zero_() => Done(Native.sl_zero_(Raw));
        public Tensor fill_(Scalar value) => Done(Native.sl_fill_scalar_(Raw, value.Raw));
        public Tensor lerp_(Tensor end, Tensor weight) => Done(Native.sl_lerp_(Raw, end.Raw, weight.Raw));
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(Native.sl_addcmul_(Raw, tensor1.Raw, tensor2.Raw, value.Raw));
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => addcdiv_(tensor1, tensor2, 1);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(Native.sl_addcdiv_(Raw, tensor1.Raw, tensor2.Raw, value.Raw));
        public Tensor masked_fill_(Tensor mask, Scalar value) => Done(Native.sl_masked_fill_(Raw, mask.Raw, value.Raw));
        public Tensor copy_(Tensor source, bool nonBlocking = false) =>
            Done(Native.sl_copy_(Raw, source.Raw, nonBlocking ? 1 : 0));
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Done(Native.sl_normal_(Raw, mean, std, Generator.HandleOf(generator)));
        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Done(Native.sl_uniform_(Raw, from, to, Generator.HandleOf(generator)));

        public Tensor neg() => Native.NewTensor(Native.sl_neg(Raw, out var y), y);
        public Tensor abs() => Native.NewTensor(Native.sl_abs(Raw, out var y), y);
        public Tensor sign() => Native.NewTensor(Native.sl_sign(Raw, out var y), y);
        public Tensor sqrt() => Native.NewTensor(Native.sl_sqrt(Raw, out var y), y);
        public Tensor rsqrt() => Native.NewTensor(Native.sl_rsqrt(Raw, out var y), y);
        public Tensor square() => Native.NewTensor(Native.sl_square(Raw, out var y), y);
        public Tensor exp() => Native.NewTensor(Native.sl_exp(Raw, out var y), y);
        public Tensor log() => Native.NewTensor(Native.sl_log(Raw, out var y), y);
        public Tensor sin() => Native.NewTensor(Native.sl_sin(Raw, out var y), y);
        public Tensor cos() => Native.NewTensor(Native.sl_cos(Raw, out var y), y);
        public Tensor tanh() => Native.NewTensor(Native.sl_tanh(Raw, out var y), y);
        public Tensor erf() => Native.NewTensor(Native.sl_erf(Raw, out var y), y);
        public Tensor sigmoid() => Native.NewTensor(Native.sl_sigmoid(Raw, out var y), y);
        public Tensor relu() => Native.NewTensor(Native.sl_relu(Raw, out var y), y);
        public Tensor silu() => Native.NewTensor(Native.sl_silu(Raw, out var y), y);
        public Tensor gelu() => gelu(GELU.Approximate.none);
        public Tensor gelu(GELU.Approximate approximate) =>
            Native.NewTensor(Native.sl_gelu(Raw, (int)approximate, out var y), y);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            Native.NewTensor(Native.sl_clamp(Raw, Bound(min), Bound(max), out var y), y);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            Done(Native.sl_clamp_(Raw, Bound(min), Bound(max)));

        public Tensor masked_fill(Tensor mask, Scalar value) =>
            Native.NewTensor(Native.sl_masked_fill(Raw, mask.Raw, value.Raw, out var y), y);
        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);
        public Tensor tril(long diagonal = 0) => Native.NewTensor(Native.sl_tril(Raw, diagonal, out var y), y);
        public Tensor triu(long diagonal = 0) => Native.NewTensor(Native.sl_triu(Raw, diagonal, out var y), y);

        public Tensor matmul(Tensor target) => Native.NewTensor(Native.sl_matmul(Raw, target.Raw, out var y), y);
        public Tensor mm(Tensor target) => Native.NewTensor(Native.sl_mm(Raw, target.Raw, out var y), y);
        public Tensor bmm(Tensor batch2) => Native.NewTensor(Native.sl_bmm(Raw, batch2.Raw, out var y), y);
        public Tensor outer(Tensor vec2) => Native.NewTensor(Native.sl_outer(Raw, vec2.Raw, out var y), y);

        /// <summary>An in-place operation's end: its complaint, or the tensor itself.</summary>
        private Tensor Done(int status)
        {
            Native.Check(status);
            return this;
        }

        private static NativeScalar Bound(Scalar? value) => value?.Raw ?? NativeScalar.None;
    }
}
