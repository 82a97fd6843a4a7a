using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

// Attention's own forms: grouped keys, norms of queries and keys, scores that fall with the distance.
public static partial class KernelCheck
{
    private static List<KernelError> Attention(Case c, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var errors = new List<KernelError>();
        var (width, head) = (c.Width, c.HeadWidth);
        var grouped = c.Heads % 3 == 0 ? c.Heads / 3 : 1;
        Tensor Random(double size, params long[] shape) => (randn(shape, device: device) * size).to(type);
        Tensor Gain(long size) => (Random(0.3, size) + 1).to(type);
        var (x, gain) = (Random(2, c.Sequences, c.Tokens, width), Gain(width));
        var angle = rand([c.Tokens + 3, head / 2], device: device) * 6;
        var (cos, sin) = (angle.cos(), angle.sin());
        var slopes = rand([c.Heads], device: device) * 0.5;
        Tensor Matrix(long keys) => Random(1 / Math.Sqrt(width), width + (2 * keys * head), width);

        void Compare(string name, Tensor[] inputs, Tensor[] weights, double slack,
            Func<Tensor[], Weight[], Tensor[]> fused,
            Func<Tensor[], Tensor[], Tensor[]> plain) =>
            errors.AddRange(Compared(name, c, type, inputs, weights, fused, plain, slack: slack));

        // Queries, keys and values by plain operations; the gains come first among the weights, the matrix last.
        Tensor[] Plain(Tensor t, Tensor[] w, long keys, bool normed, bool turned)
        {
            var parts = nn.functional.linear(Composites.rms_norm(t, w[0], Eps), w[^1])
                .view(c.Sequences, c.Tokens, c.Heads + (2 * keys), head)
                .split([c.Heads, keys, keys], 2);
            Tensor Made(int which)
            {
                var part = normed ? Composites.rms_norm(parts[which], w[1 + which], Eps) : parts[which];
                return turned
                    ? Composites.rotary(part.transpose(1, 2), cos.narrow(0, 0, c.Tokens), sin.narrow(0, 0, c.Tokens))
                    : part.transpose(1, 2);
            }

            return [Made(0), Made(1), parts[2].transpose(1, 2), t];
        }

        (Tensor Query, Tensor Key, Tensor Value, Tensor X) Fused(Tensor t, Weight[] w, long keys, bool normed,
            bool turned, bool leaning) =>
            CudaBlocks.attention_in(t, new(w[0], null, IsLayer: false, Eps), new(w[^1]),
                new AttentionHeads(c.Heads, keys)
            {
                Cos = turned ? cos : null, Sin = turned ? sin : null, Slopes = leaning ? slopes : null,
                QueryGain = normed ? w[1] : null, KeyGain = normed ? w[2] : null, Epsilon = Eps,
            });

        void In(string name, long keys, bool normed, bool turned, bool leaning) => Compare(
            "attention_in, " + name, [x], normed ? [gain, Gain(head), Gain(head), Matrix(keys)] : [gain, Matrix(keys)],
            1,
            (t, w) =>
            {
                var (q, k, v, stream) = Fused(t[0], w, keys, normed, turned, leaning);
                return [q.narrow(3, 0, head), k.narrow(3, 0, head), v, stream]; // columns beyond are attention's alone
            },
            (t, w) => Plain(t[0], w, keys, normed, turned));

        In("grouped keys, rotary", grouped, normed: false, turned: true, leaning: false);
        In("QK norm, grouped, rotary", grouped, normed: true, turned: true, leaning: false);
        In("QK norm, grouped keys", grouped, normed: true, turned: false, leaning: false);
        In("ALiBi", c.Heads, normed: false, turned: false, leaning: true);
        In("ALiBi, QK norm, grouped", grouped, normed: true, turned: false, leaning: true);

        // Scores, weights and their gradients are each rounded once more on the way.
        var slack = type == ScalarType.BFloat16 ? 2 : 10;
        Tensor HeadsOf(long heads) => Random(1, c.Sequences, c.Tokens, heads, head);
        foreach (var (name, keys)
            in (ReadOnlySpan<(string, long)>)[("attention", c.Heads), ("attention, grouped keys", grouped)])
        {
            Compare(
                name, [HeadsOf(c.Heads), HeadsOf(keys), HeadsOf(keys)], [], slack,
                (t, _) => [CudaBlocks.attention(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2))],
                (t, _) =>
                [Composites.causal_attention(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2))]);
        }

        foreach (var normed in (bool[])[false, true])
        {
            var keys = normed ? grouped : c.Heads;
            Compare(
                normed ? "attention, ALiBi, normed, grouped" : "attention, ALiBi", [x],
                normed ? [gain, Gain(head), Gain(head), Matrix(keys)] : [gain, Matrix(keys)], slack,
                (t, w) =>
                {
                    var (q, k, v, stream) = Fused(t[0], w, keys, normed, turned: false, leaning: true);
                    return [CudaBlocks.attention(q, k, v), stream];
                },
                (t, w) =>
                {
                    var parts = Plain(t[0], w, keys, normed, turned: false);
                    return [Composites.causal_attention(parts[0], parts[1], parts[2], slopes), parts[3]];
                });
        }

        return errors;
    }
}
