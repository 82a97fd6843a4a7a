using ScalingLab.Fitting.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Requests;

/// <summary>What <c>--pin</c> says: "E=1.8", "alpha=0.34", "beta=alpha".</summary>
public static class PinParser
{
    private const string Place = "--pin";

    /// <summary>All of them; the problems of those that cannot be go into <paramref name="problems"/>.</summary>
    public static ParametricPins Parse(IReadOnlyList<string> texts, List<Problem> problems)
    {
        var pins = ParametricPins.None;
        var seen = new HashSet<string>();
        foreach (var text in texts)
        {
            var parts = text.Split('=', StringSplitOptions.TrimEntries);
            if (parts is not [var name, var value] || name.Length == 0 || value.Length == 0)
            {
                problems.Add(
                    new Problem(Place, $"'{text}' is no pin: E=1.8, alpha=0.34, beta=0.28 or beta=alpha is expected"));
                continue;
            }

            if ((name, value) is ("alpha", "beta") or ("beta", "alpha"))
            {
                pins = pins with { EqualExponents = true };
                continue;
            }

            if (name is not ("E" or "alpha" or "beta"))
                problems.Add(new Problem(Place, $"'{text}': {name} cannot be pinned; E, alpha and beta can"));
            else if (!seen.Add(name))
                problems.Add(new Problem(Place, $"'{text}': {name} is pinned twice"));
            else if (Quantity.Parse(value) is not { } number)
                problems.Add(new Problem(Place, $"'{text}': {value} is no number"));
            else
                pins = name switch { "E" => pins with { E = number }, "alpha" => pins with { Alpha = number },
                    _ => pins with { Beta = number } };
        }

        problems.AddRange(pins.Problems().Select(problem => new Problem(Place, problem)));
        return pins;
    }
}
