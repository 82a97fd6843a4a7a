using System.Globalization;
using System.Text.RegularExpressions;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Lab.Requests;

/// <summary>What computing costs as a person says it: "2.5 EUR/h" a device, "0.31 EUR/kWh".</summary>
public static partial class PriceParser
{
    /// <summary>The price, of one or two rates; null where none is given.</summary>
    /// <exception cref="InputException">A rate that is none, the same twice, or two currencies: every
    /// problem.</exception>
    public static ComputePrice? Parse(IReadOnlyList<string> given)
    {
        if (given.Count == 0) return null;
        var problems = new List<Problem>();
        var rates = new Dictionary<string, (double Amount, string Currency)>();
        foreach (var word in given)
        {
            if (Rate().Match(word) is not { Success: true } match
                || !double.TryParse(match.Groups["amount"].Value, NumberStyles.Float, CultureInfo.InvariantCulture,
                    out var amount) || !double.IsFinite(amount))
                problems.Add(new Problem("--price", $"is '{word}'; an amount, a currency and /h or /kWh are expected, "
                    + "as \"2.5 EUR/h\""));
            else if (!rates.TryAdd(match.Groups["unit"].Value, (amount, match.Groups["currency"].Value)))
                problems.Add(new Problem("--price", $"gives two prices a {match.Groups["unit"].Value}; keep one"));
        }

        if (rates.Values.Select(r => r.Currency).Distinct().Count() > 1)
            problems.Add(new Problem("--price", $"has two currencies, "
                + $"{string.Join(" and ", rates.Values.Select(r => r.Currency))}; amounts are added up, "
                + "so give one"));
        if (problems.Count > 0) throw new InputException(problems);
        double? Amount(string unit) => rates.TryGetValue(unit, out var rate) ? rate.Amount : null;
        return new ComputePrice("given with --price", rates.Values.First().Currency)
            { PerDeviceHour = Amount("h"), PerKwh = Amount("kWh") };
    }

    [GeneratedRegex(@"^\s*(?<amount>[0-9.]+(e[0-9]+)?)\s*(?<currency>[^\s/0-9]+)\s*/\s*(?<unit>h|kWh)\s*$")]
    private static partial Regex Rate();
}
