using ScalingLab.Data.Teachers;

namespace ScalingLab.Data.Batches;

/// <summary>The first sequences of a teacher's own stream for validation, which no run is trained on.</summary>
internal sealed class TeacherWindows : EvaluationWindows
{
    private readonly Teacher _teacher;

    /// <param name="tokens">How many target tokens are wanted: as many whole windows as that holds, at least
    /// one.</param>
    public TeacherWindows(Teacher teacher, int context, long tokens)
        : base(context, Math.Max(1, tokens / context)) => _teacher = teacher;

    /// <inheritdoc/>
    public override double? BytesPerToken => null;

    /// <summary>What the ideal predictor scores on these windows, nats/token.</summary>
    public double IdealLoss()
    {
        var (sum, tokens) = (0.0, new long[Context + 1]);
        for (long window = 0; window < Windows; window++)
        {
            _teacher.Draw(_teacher.ValidationKey, window, tokens);
            sum += _teacher.Cost(tokens);
        }

        return sum / Tokens;
    }

    private protected override void Read(long window, Span<long> inputs, Span<long> targets)
    {
        var tokens = new long[Context + 1];
        _teacher.Draw(_teacher.ValidationKey, window, tokens);
        tokens.AsSpan(0, Context).CopyTo(inputs);
        tokens.AsSpan(1).CopyTo(targets);
    }
}
