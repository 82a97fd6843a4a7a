namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>One fault of the table.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Fault">What is done.</param>
/// <param name="Promise">What has to hold.</param>
/// <param name="Trials">How often, unless asked otherwise.</param>
/// <param name="Runs">Runs of each sweep; four when quick, fewer in tests.</param>
/// <param name="InjectAsync">Does it, and says what was seen.</param>
internal sealed record ChaosFault(
    string Name, string Fault, string Promise, int Trials, int Runs,
    Func<TrialContext, Task<ChaosOutcome>> InjectAsync);

/// <summary>What was seen of a row.</summary>
/// <param name="Held">Whether what is promised held; null where it could not be tried here.</param>
/// <param name="Trials">How often the fault was injected.</param>
/// <param name="Seen">The counts in words.</param>
internal sealed record ChaosOutcome(bool? Held, int Trials, string Seen)
{
    public static ChaosOutcome NotHere(string why) => new(null, 0, $"not run here: {why}");
}

/// <summary>Gathers what was seen; one thing that does not hold is enough.</summary>
internal sealed class Findings
{
    private readonly List<string> _seen = [];
    private bool _held = true;

    public void Note(FormattableString text) => _seen.Add(FormattableString.Invariant(text));

    /// <summary>Something that is promised.</summary>
    public void Check(bool holds, FormattableString text)
    {
        _held &= holds;
        _seen.Add((holds ? "" : "**broken:** ") + FormattableString.Invariant(text));
    }

    public ChaosOutcome Outcome(int trials) => new(_held, trials, string.Join("; ", _seen));
}

/// <summary>A trial that could not be brought to its end.</summary>
internal sealed class ChaosException(string message) : Exception(message);
