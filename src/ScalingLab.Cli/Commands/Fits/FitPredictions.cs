using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Fits;

/// <summary>
/// What <c>--predict</c> asks: "N=124M,D=2.5B", with ",U=1B" where text is repeated, or "C=1e20" or "L=3".
/// </summary>
internal static class FitPredictions
{
    private const string Place = "--predict";

    /// <summary>All of them; the problems of those that cannot be go into <paramref name="problems"/>.</summary>
    public static IReadOnlyList<PredictionRequest> Parse(IReadOnlyList<string> texts, List<Problem> problems)
    {
        var requests = new List<PredictionRequest>();
        foreach (var text in texts)
        {
            var (request, before) = (new PredictionRequest(), problems.Count);
            foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
            {
                var (name, value) = part.Split('=', StringSplitOptions.TrimEntries) is [var left, var right]
                    ? (left, Quantity.Parse(right)) : (part, null);
                if (name is not ("N" or "D" or "U" or "C" or "L"))
                    problems.Add(new Problem(Place, $"'{text}': '{part}' is none of N=, D=, U=, C= and L="));
                else if (value is null)
                    problems.Add(new Problem(Place, $"'{text}': '{part}' has no number such as 124M or 2.5e9"));
                request = name switch
                {
                    "N" => request with { Parameters = value },
                    "D" => request with { Tokens = value },
                    "U" => request with { UniqueTokens = value },
                    "C" => request with { Flops = value },
                    "L" => request with { Loss = value },
                    _ => request,
                };
            }

            if (problems.Count == before)
                problems.AddRange(request.Problems().Select(problem => new Problem(Place, $"'{text}': {problem}")));
            requests.Add(request);
        }

        return requests;
    }

    /// <summary>The answers as a table, and below it what is extrapolated or withheld.</summary>
    public static void Show(Screen screen, FitDocument fit)
    {
        if (fit.Predictions.Count == 0) return;
        var table = FitLawsView.Table(screen, "predicted for N", "D", "U", "C", "loss", "95 %", "by", "rows fitted");
        foreach (var one in fit.Predictions)
        {
            table.AddRow(
                Count(one.Parameters), Count(one.Tokens), Count(one.UniqueTokens), one.Flops is { } flops
                ? Quantity.Power(flops) : "",
                one.Loss is { } loss ? Invariant($"{loss:F4}") : "withheld", one.Interval95 is { } i
                ? Invariant($"{i.Low:F4} to {i.High:F4}") : "",
                one.Loss is null ? "" : IsGiven(one) ? "given"
                : FitOptionSet.JsonName(one.Source) + (one.IsOptimum ? ", optimum" : ""),
                one.Loss is null || IsGiven(one) ? "" : one.Extrapolated ? "extrapolated" : "among them");
        }

        screen.Console.Write(table);
        foreach (var (one, number) in fit.Predictions.Select((one, index) => (one, index + 1)))
        {
            if (one.Extrapolated)
                screen.Out.WriteLine($"predicted {number} is extrapolated: {string.Join(", ", one.Beyond)}");
            foreach (var score in one.Scores) screen.Out.WriteLine($"predicted {number}: {Describe(score)}");
            if (one.Withheld is { } why) screen.Out.WriteLine($"predicted {number} is withheld: {why}");
            if (one is { Loss: not null, Interval95: null } && !IsGiven(one))
                screen.Out.WriteLine($"predicted {number} has no interval: it takes at least 20 bootstrap draws");
        }
    }

    // Of a loss that was asked about, the scores alone are predicted.
    private static bool IsGiven(Prediction one) => one is { Loss: not null, Parameters: null, Flops: null };

    private static string Describe(PredictedScore score) =>
        Invariant($"{score.Task} {score.Metric} {score.Score:F3}")
        + (score.Interval95 is { } i ? Invariant($" (95 %: {i.Low:F3} to {i.High:F3})") : "")
        + (score.Extrapolated ? ", extrapolated: no row has such a loss" : "");

    private static string Count(double? x) => x is { } value ? Quantity.Compact(value) : "";
}
