namespace ScalingLab.Data;

/// <summary>
/// Text that cannot be used, or prepared data that is damaged; every problem found is listed, each with its place.
/// </summary>
public sealed class DataException : Exception
{
    public DataException(IReadOnlyList<string> problems) : base(string.Join(Environment.NewLine, problems)) =>
        Problems = problems;

    public DataException(string problem) : this([problem]) { }

    public DataException(string problem, Exception cause) : base(problem, cause) => Problems = [problem];

    /// <summary>One sentence a problem: what is wrong, where, and what to do.</summary>
    public IReadOnlyList<string> Problems { get; }
}
