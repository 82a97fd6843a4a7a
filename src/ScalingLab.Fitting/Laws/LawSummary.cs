using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Laws;

/// <summary>A number of a law that may be quoted.</summary>
/// <param name="Name">As a reader knows it: "η", "best D/N".</param>
/// <param name="Key">As it is typed: "eta", "best D/N".</param>
/// <param name="Value">Null where the rows do not hold it.</param>
/// <param name="Interval95">Null without a bootstrap.</param>
public sealed record LawNumber(string Name, string Key, double? Value, Interval? Interval95);

/// <summary>What a report and a console say of a law.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Text">The law, its paper, and what of these rows it rests on: whole sentences.</param>
/// <param name="Numbers">What is quoted where the fit converged.</param>
public sealed record LawSummary(string Title, string Text, IReadOnlyList<LawNumber> Numbers);
