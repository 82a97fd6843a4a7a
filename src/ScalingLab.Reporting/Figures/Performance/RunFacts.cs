using System.Globalization;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>What a figure's tooltips and table say of a run.</summary>
internal static class RunFacts
{
    /// <summary>Which run it is: id, model, what varies, seed, and what is wrong with it.</summary>
    public static IReadOnlyList<Fact> For(RunRow run) =>
    [
        .. Fact.Known(("run", run.RunId), ("model", run.Model)),
        .. run.Varies.Select(v => new Fact(v.Field, v.Value)),
        .. Fact.Known(("seed", run.Seed.ToString(CultureInfo.InvariantCulture)),
            ("flags", run.Flags == RunDefects.None ? null : RunDefectNames.Join(run.Flags))),
    ];

    /// <summary>Which run of anyone's table it is, as far as the table says.</summary>
    public static IReadOnlyList<Fact> For(PlottedRun run) =>
        Fact.Known(("run", run.Run), ("model", run.Model), ("seed", run.Seed), ("flags", run.Flags));

    public static Fact Size(double parameters) => Fact.FromNumber("N", parameters, Numbers.Count);

    public static Fact Tokens(double tokens) => Fact.FromNumber("D", tokens, Numbers.Count);

    public static Fact Compute(double flops) => Fact.FromNumber("C", flops, flops => Numbers.Scientific(flops));
}
