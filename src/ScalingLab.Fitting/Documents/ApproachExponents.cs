using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Documents;

/// <summary>
/// One approach's answer to how the best model and data grow with compute, to be set beside the others'.
/// </summary>
/// <param name="Approach">In words.</param>
/// <param name="Status">What may be believed of it; the exponents are null unless it is converged.</param>
/// <param name="ParametersExponent">a in N_opt proportional to C^a.</param>
/// <param name="TokensExponent">b in D_opt proportional to C^b.</param>
/// <param name="ParametersInterval">95 % interval of a; null where there is none.</param>
/// <param name="TokensInterval">95 % interval of b; null where there is none.</param>
/// <param name="IntervalKind">How the intervals were made, in words; null where there are none.</param>
public sealed record ApproachExponents(
    string Approach, FitStatus Status, double? ParametersExponent, double? TokensExponent,
    Interval? ParametersInterval, Interval? TokensInterval,
    string? IntervalKind)
{
    private const string Bootstrap = "bootstrap percentile", Profile = "profile likelihood", Student = "Student's t";

    /// <summary>The approaches that were asked for, one a row.</summary>
    public static IReadOnlyList<ApproachExponents> From(FitDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var rows = new List<ApproachExponents>();
        if (document.Parametric is { } parametric)
        {
            var row =
                Row("parametric, C = 6ND", parametric.Status, parametric.ParametersExponent, parametric.TokensExponent,
                    parametric.Interval95,
                parametric.Interval95Kind == Laws.Parametric.IntervalKind.Profile ? Profile : Bootstrap);
            rows.Add(!parametric.Pinned.Contains("a") || row.ParametersExponent is null ? row
                : row with { ParametersInterval = null, TokensInterval = null, IntervalKind = "fixed by the pins" });
        }

        if (document.DataConstrained is { } constrained
            && (constrained.FreshLaw is not null || document.RepeatedRows is not null))
        {
            var status = constrained.FreshLaw is null ? constrained.Status : FitStatus.Converged;
            rows.Add(
                Row("data-constrained, fresh text", status, constrained.ParametersExponent, constrained.TokensExponent,
                    constrained.Interval95,
                Bootstrap));
        }

        if (document.Isoflop is { } isoflop)
        {
            rows.Add(
                Row(isoflop.Given ? "given minima" : "IsoFLOP minima", isoflop.Status, isoflop.ParametersExponent,
                    isoflop.TokensExponent,
                isoflop.Interval95, isoflop.Given ? Student : Bootstrap));
        }

        if (document.Isoflop is { Status: FitStatus.Converged, Bias: { } bias })
        {
            var name = "surface under the minima, by "
                + (bias.Source == FitMethod.VariableProjection ? "variable projection" : "the parametric fit");
            rows.Add(
                new ApproachExponents(name, FitStatus.Converged, bias.ParametersExponent, bias.TokensExponent, null,
                    null, null));
        }

        if (document.Envelope is { } envelope)
        {
            var name = envelope.Kind == "training-curves" ? "envelope of curves" : "envelope of final losses";
            rows.Add(
                Row(name, envelope.Status, envelope.ParametersExponent, envelope.TokensExponent, envelope.Interval95,
                    Bootstrap));
        }

        if (document.Kaplan is { } kaplan)
        {
            rows.Add(
                Row("Kaplan, from L(N) and L(C)", kaplan.ParametersExponent is null ? FitStatus.Unidentified
                    : kaplan.Status,
                kaplan.ParametersExponent, kaplan.TokensExponent, kaplan.Interval95, Bootstrap));
        }

        return rows;
    }

    private static ApproachExponents Row(
        string approach, FitStatus status, double? a, double? b, IReadOnlyDictionary<string, Interval>? intervals,
        string kind)
    {
        if (status != FitStatus.Converged)
            return new ApproachExponents(approach, status, null, null, null, null, null);
        var (ofA, ofB) = (intervals?.GetValueOrDefault("a"), intervals?.GetValueOrDefault("b"));
        return new ApproachExponents(approach, status, a, b, ofA, ofB, ofA is null && ofB is null ? null : kind);
    }
}
