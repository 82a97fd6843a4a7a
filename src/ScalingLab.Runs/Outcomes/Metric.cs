namespace ScalingLab.Runs.Outcomes;

/// <summary>A range that holds a number with 95 % confidence.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public sealed record Range95(double Low, double High);

/// <summary>A number of many documents.</summary>
/// <param name="Name">As in the literature: acc, acc_norm, bleu.</param>
/// <param name="Value">The number.</param>
/// <param name="Range">Its 95 % interval; null where there is none.</param>
/// <param name="Guess">What guessing gives; null where nobody can guess.</param>
/// <param name="GuessRange">What 95 % of those who guess get.</param>
/// <param name="Majority">What always giving the most frequent answer gets; null where answers are no classes.</param>
public sealed record Metric(
    string Name, double Value, Range95? Range = null, double? Guess = null, Range95? GuessRange = null,
    double? Majority = null);
