using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>
/// What a model knows about the order of its tokens: a vector added to each token (learned, sinusoidal), a rotation of
/// queries and keys, or a slope that takes distance off attention's scores. Each kind holds its own tensors and leaves
/// the other ways empty.
/// </summary>
internal sealed class Positions : IDisposable
{
    private const double SinusoidalBase = 10_000;

    private readonly Tensor? _learned;

    /// <summary>Tables for every position of the context.</summary>
    public Positions(ModelShape shape, ParameterBuffer parameters)
    {
        var device = parameters.Master.device;
        switch (shape.Positions)
        {
            case PositionKind.Rotary:
                var (cosines, sines) = RotaryAngles(shape);
                long[] size = [shape.Context, shape.HeadWidth / 2];
                (Cos, Sin) = (tensor(cosines, size, device: device), tensor(sines, size, device: device));
                break;
            case PositionKind.Learned:
                _learned = parameters["positions"];
                Ids = arange(shape.Context, dtype: ScalarType.Int64, device: device);
                break;
            case PositionKind.Sinusoidal:
                using (var wide = tensor(SinusoidalTable(shape), [shape.Context, shape.TokenWidth], device: device))
                    Table = wide.to(parameters["embedding"].dtype, copy: true);
                break;
            case PositionKind.Alibi:
                Slopes = tensor(AlibiSlopes(shape.Heads), [shape.Heads], device: device);
                break;
        }
    }

    /// <summary>cos of position x frequency, fp32 [T, h/2]; null unless rotary.</summary>
    public Tensor? Cos { get; }

    /// <summary>sin of position x frequency, fp32 [T, h/2]; null unless rotary.</summary>
    public Tensor? Sin { get; }

    /// <summary>0, 1, .. T - 1, int64; null unless learned.</summary>
    public Tensor? Ids { get; }

    /// <summary>Sines and cosines, [T, width of the embedding] in the model's type; null unless sinusoidal.</summary>
    public Tensor? Table { get; }

    /// <summary>By how much a head's scores fall for a token of distance, fp32 [H]; null unless ALiBi.</summary>
    public Tensor? Slopes { get; }

    /// <summary>
    /// Token embeddings [B, T, e] with their positions, the first of them at <paramref name="offset"/>.
    /// </summary>
    public Tensor AddTo(Tensor x, long offset)
    {
        if (Table is not null) return x + Table.narrow(0, offset, x.shape[1]);
        return _learned is null || Ids is null ? x : x + Kernels.embedding(_learned, Ids.narrow(0, offset, x.shape[1]));
    }

    /// <summary>
    /// Queries or keys [B, H, T, h] turned by their positions, the first of them at <paramref name="offset"/>.
    /// </summary>
    public Tensor ApplyRotary(Tensor x, long offset) => Cos is null || Sin is null
        ? x
        : Kernels.rotary(x, Cos.narrow(0, offset, x.shape[2]), Sin.narrow(0, offset, x.shape[2]));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var table in (Tensor?[])[Cos, Sin, Ids, Table, Slopes]) table?.Dispose();
    }

    /// <summary>
    /// One slope a head (Press et al. 2022, section 3): 2^(-8 i / heads) for i = 1 .. heads where heads is a power of
    /// 2; else those of the power of 2 below, and then every other one of twice that many, as the authors' code has it.
    /// </summary>
    public static float[] AlibiSlopes(int heads)
    {
        var power = 1;
        while (power * 2 <= heads) power *= 2;
        double Slope(int i, int of) => Math.Pow(2, -8.0 * i / of);
        var first = Enumerable.Range(1, power).Select(i => Slope(i, power));
        var between = Enumerable.Range(0, heads - power).Select(i => Slope((2 * i) + 1, 2 * power));
        return [.. first.Concat(between).Select(s => (float)s)];
    }

    /// <summary>
    /// cos and sin of position x frequency, [T, h/2] each (Su et al. 2021, eq. 15); pairs beyond the turned share have
    /// frequency 0.
    /// </summary>
    private static (float[] Cosines, float[] Sines) RotaryAngles(ModelShape shape)
    {
        var (context, half, turned) = (shape.Context, shape.HeadWidth / 2, shape.RotaryWidth / 2);
        var (cosines, sines) = (new float[context * half], new float[context * half]);
        for (var t = 0; t < context; t++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = i < turned ? t * Math.Pow(shape.RotaryBase, -(double)i / turned) : 0;
                (cosines[(t * half) + i], sines[(t * half) + i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            }
        }

        return (cosines, sines);
    }

    /// <summary>
    /// sin in even columns, cos in odd ones (Vaswani et al. 2017, section 3.5). They multiply a tied embedding by the
    /// root of its width (section 3.4); here the table is divided by it instead, so that tokens and positions weigh as
    /// theirs do.
    /// </summary>
    private static float[] SinusoidalTable(ModelShape shape)
    {
        var width = shape.TokenWidth;
        var scale = shape.Head == HeadKind.Tied ? 1 / Math.Sqrt(width) : 1;
        var table = new float[shape.Context * width];
        for (var t = 0; t < shape.Context; t++)
        {
            for (var i = 0; i < width; i++)
            {
                var angle = t * Math.Pow(SinusoidalBase, -(double)(i / 2 * 2) / width);
                table[(t * width) + i] = (float)(scale * (i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle)));
            }
        }

        return table;
    }
}
