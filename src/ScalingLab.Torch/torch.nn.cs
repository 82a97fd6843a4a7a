using ScalingLab.Torch.Modules;

namespace ScalingLab.Torch;

public static partial class torch
{
    /// <summary>The layers' functions and their options.</summary>
    public static class nn
    {
        /// <summary>What a loss does with its many values; numbered as libtorch numbers them.</summary>
        public enum Reduction
        {
            /// <summary>Keep them.</summary>
            None = 0,
            /// <summary>Their mean, over the targets that count.</summary>
            Mean = 1,
            /// <summary>Their sum.</summary>
            Sum = 2,
        }

        /// <summary>Functions of layers, without their parameters.</summary>
        public static class functional
        {
            /// <summary>input [.., in] times weights [out, in] transposed, plus bias [out].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Native.NewTensor(Native.sl_linear(input.Raw, weights.Raw, Or(bias), out var y), y);

            public static Tensor relu(Tensor x) => x.relu();
            public static Tensor silu(Tensor x) => x.silu();
            public static Tensor gelu(Tensor x) => x.gelu();
            public static Tensor gelu(Tensor x, GELU.Approximate approximate) => x.gelu(approximate);
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>Zero mean and unit variance over the last dimensions, then weight and bias.</summary>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null,
                Tensor? bias = null,
                double eps = 1e-05) => Native.NewTensor(Native.sl_layer_norm(
                    input.Raw, normalized_shape, normalized_shape.Length, Or(weight), Or(bias), eps, out var y), y);

            /// <summary>Minus log of the softmax of input [rows, classes] at each target [rows], in nats.</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null,
                long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                    Native.NewTensor(Native.sl_cross_entropy(
                    input.Raw, target.Raw, Or(weight), (long)reduction, ignore_index, label_smoothing, out var y), y);

            /// <summary>
            /// softmax(query key^T / sqrt(head_dim) + mask) value, over [batch, heads, tokens, head_dim].
            /// </summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value,
                Tensor? attn_mask = null,
                double p = 0,
                bool is_casual = false) => Native.NewTensor(Native.sl_scaled_dot_product_attention(
                    query.Raw, key.Raw, value.Raw, Or(attn_mask), p, is_casual ? 1 : 0, out var y), y);

            /// <summary>Zeroes each element with probability p and divides the rest by 1 - p, while training.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true) =>
                Native.NewTensor(Native.sl_dropout(input.Raw, p, training ? 1 : 0, out var y), y);

            private static TensorHandle Or(Tensor? tensor) => tensor?.Raw ?? TensorHandle.None;
        }
    }
}
