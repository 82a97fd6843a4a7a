using System.Globalization;

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
    /// <summary>So many are told; who has more mends these first.</summary>
    public const int MaxShown = 100;

    private const int MaxLength = 4000; // letters of a line: what was given may stand in it

    /// <summary>Every problem found.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>Bad input with the problems found.</summary>
    public InputException(IReadOnlyList<Problem> problems)
        : base(string.Join(Environment.NewLine, Lines(problems))) => Problems = problems;

    /// <summary>Bad input with one problem.</summary>
    public InputException(string place, string text)
        : this([new Problem(place, text)])
    {
    }

    /// <summary>
    /// The problems for people, a line each: the first <see cref="MaxShown"/>, and how many more there are.
    /// </summary>
    public static IEnumerable<string> Lines(IReadOnlyList<Problem> problems)
    {
        var more = problems.Count - MaxShown;
        var told = problems.Take(MaxShown).Select(problem => Shorten(problem.ToString()));
        return more <= 0 ? told : told.Append(string.Create(CultureInfo.InvariantCulture, $"... and {more:N0} more"));
    }

    private static string Shorten(string line) => line.Length <= MaxLength ? line : $"{line[..MaxLength]} ...";
}
