namespace ScalingLab.Runs;

/// <summary>One thing wrong with what the user gave.</summary>
/// <param name="Place">Where: a path in the file such as <c>models[1].heads</c>, or a file's name.</param>
/// <param name="Text">What is wrong and what to do.</param>
public sealed record Problem(string Place, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Place}: {Text}";
}

/// <summary>Input that cannot be used: every problem at once. Commands print them and end with exit code 2.</summary>
public sealed class InputException : Exception
{
    /// <summary>Every problem found.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>Bad input with the problems found.</summary>
    public InputException(IReadOnlyList<Problem> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Bad input with one problem.</summary>
    public InputException(string place, string text)
        : this([new Problem(place, text)])
    {
    }
}
