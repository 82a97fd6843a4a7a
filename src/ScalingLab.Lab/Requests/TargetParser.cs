using ScalingLab.Fitting.Designs;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Requests;

/// <summary>What a person wants to know of a law: "a", "N_opt@1e21", "loss@N=1e9,D=2e10".</summary>
public static class TargetParser
{
    private const string Place = "--target";

    private const string Expected =
        "a, b, E, alpha, beta, N_opt@1e21, D_opt@1e21, loss@C=1e21 or loss@N=1e9,D=2e10 is expected";

    /// <summary>The target; null where the text is none, with the problem.</summary>
    public static LawTarget? Parse(string text, List<Problem> problems)
    {
        if (LawTarget.OfLaw.FirstOrDefault(one => one.Name == text) is { } known) return known;
        var parts = text.Split('@', StringSplitOptions.TrimEntries);
        var target = parts is [var name, var place] ? name switch
        {
            "N_opt" => AtBudget(LawTargetKind.OptimalParameters, text, place),
            "D_opt" => AtBudget(LawTargetKind.OptimalTokens, text, place),
            "loss" when place.StartsWith("C=", StringComparison.Ordinal) =>
                AtBudget(LawTargetKind.OptimalLoss, text, place[2..]),
            "loss" => OfRun(text, place),
            _ => null,
        } : null;
        if (target is null) problems.Add(new Problem(Place, $"'{text}' is no target: {Expected}"));
        return target;
    }

    private static LawTarget? AtBudget(LawTargetKind kind, string text, string budget) =>
        Quantity.Parse(budget) is > 0 and var flops ? new LawTarget(kind, text, flops) : null;

    private static LawTarget? OfRun(string text, string place)
    {
        var values = place.Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('='))
            .Where(pair => pair.Length == 2).ToLookup(pair => pair[0].Trim(), pair => Quantity.Parse(pair[1].Trim()));
        return values.Count == 2 && values["N"].SingleOrDefault() is > 0 and var n
            && values["D"].SingleOrDefault() is > 0 and var d
            ? new LawTarget(LawTargetKind.Loss, text, Parameters: n, Tokens: d) : null;
    }
}
