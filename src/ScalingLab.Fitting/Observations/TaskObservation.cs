namespace ScalingLab.Fitting.Observations;

/// <summary>A share of right answers, as a law of scores sees it.</summary>
/// <param name="Task">What was asked.</param>
/// <param name="Metric">Which share: "acc" or "exact_match".</param>
/// <param name="Share">Of right answers, 0 to 1.</param>
/// <param name="Documents">Questions; each run of a task is asked the same.</param>
/// <param name="Guess">What guessing gets, 0 where nobody can guess.</param>
public sealed record TaskObservation(string Task, string Metric, double Share, int Documents, double Guess);
