using ScalingLab.Fitting.Laws;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Requests;

/// <summary>A law that a person gives: "E=1.8,A=406,B=410,alpha=0.34,beta=0.28".</summary>
public static class LawParser
{
    private const string Place = "--law";

    private static readonly string[] Names = ["E", "A", "B", "alpha", "beta"];

    /// <summary>The law; null where it is none, with every problem.</summary>
    public static ParametricLaw? Parse(string text, List<Problem> problems)
    {
        var (values, before) = (new Dictionary<string, double>(), problems.Count);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (name, value) = part.Split('=', StringSplitOptions.TrimEntries) is [var left, var right]
                ? (left, Quantity.Parse(right)) : (part, null);
            if (!Names.Contains(name))
                problems.Add(new Problem(Place, $"'{part}' is none of {string.Join("=, ", Names)}="));
            else if (value is not > 0)
                problems.Add(new Problem(Place, $"'{part}': a positive number is expected"));
            else if (!values.TryAdd(name, value.Value))
                problems.Add(new Problem(Place, $"{name} is given twice"));
        }

        var missing = Names.Where(name => !values.ContainsKey(name)).ToList();
        if (problems.Count == before && missing.Count > 0)
            problems.Add(new Problem(Place, $"'{text}' has no {string.Join(", no ", missing)}: all of "
                + "E=1.8,A=406,B=410,alpha=0.34,beta=0.28 are needed"));
        return problems.Count > before ? null
            : new ParametricLaw(values["E"], values["A"], values["B"], values["alpha"], values["beta"]);
    }
}
