using System.Globalization;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>What a figure's tooltips and table say of a run.</summary>
internal static class RunFacts
{
    /// <summary>Which run it is: id, model, what varies, seed, and what is wrong with it.</summary>
    public static IReadOnlyList<Fact> Of(RunRow run) =>
    [
        .. Fact.Known(("run", run.RunId), ("model", run.Model)),
        .. run.Varies.Select(v => new Fact(v.Field, v.Value)),
        .. Fact.Known(("seed", run.Seed.ToString(CultureInfo.InvariantCulture)), ("flags", run.Flags == RunDefects.None ? null : RunDefectWords.Of(run.Flags))),
    ];

    /// <summary>Which run of anyone's table it is, as far as the table says.</summary>
    public static IReadOnlyList<Fact> Of(PlottedRun run) =>
        Fact.Known(("run", run.Run), ("model", run.Model), ("seed", run.Seed), ("flags", run.Flags));

    public static Fact Size(double parameters) => Fact.Of("N", parameters, Numbers.Count);

    public static Fact Tokens(double tokens) => Fact.Of("D", tokens, Numbers.Count);

    public static Fact Compute(double flops) => Fact.Of("C", flops, flops => Numbers.Scientific(flops));
}
