using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Studies;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;

namespace ScalingLab.Lab.Designs;

/// <summary>The cells of a sweep that is simulated: a grid's, or those of a design that has a name.</summary>
/// <param name="Description">What it is, in words.</param>
/// <param name="Cells">Each N (blocks and head) and D once, with exact FLOPs; losses are not looked at.</param>
/// <param name="Law">The law that belongs to a named design; null for a grid.</param>
/// <param name="Noise">Its noise; null for a grid.</param>
/// <param name="Seeds">Seeds of each cell in the grid.</param>
public sealed record SweepDesign(
    string Description, IReadOnlyList<LossObservation> Cells, ParametricLaw? Law, double? Noise, int Seeds)
{
    // Of byte-pair tokenizers that say no vocabulary, as when a grid is checked.
    private const int AnyVocabulary = 257;

    // Those whose losses are their law's and whose noise is the same everywhere.
    private static readonly IReadOnlyList<CoverageDesign> Named =
        [.. MinimaDesigns.All.Where(one => one.Noise.Distinct().Count() == 1
            && one.Places.All(place => place.Loss == one.Law.Loss(place.Parameters, place.Tokens)))];

    public static string Names => string.Join(", ", Named.Select(one => one.Name));

    /// <summary>Reads a grid's file, or finds a design by its name.</summary>
    /// <exception cref="InputException">It is neither, or the grid has problems: all of them.</exception>
    public static SweepDesign Read(string text, bool anyPath)
    {
        if (Named.FirstOrDefault(one => one.Name == text) is { } known && !File.Exists(text))
        {
            return new SweepDesign(FormattableString.Invariant($"{known.Places.Count} cells of the design {text}"),
                known.Places, known.Law, known.Noise[0], 1);
        }

        if (!File.Exists(text) && !text.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException("GRID", $"there is no file '{text}', and no design of that name ({Names})");
        return Of(GridFile.Read(text, anyPath));
    }

    /// <summary>The cells of a grid, whatever its text: recipes and seeds apart.</summary>
    public static SweepDesign Of(Grid grid)
    {
        var sweep = GridExpansion.Expand(grid, new DataIdentity(grid.Data.Corpus, "", ""),
            grid.Data.Vocabulary ?? AnyVocabulary);
        List<LossObservation> cells =
            [.. sweep.Cells.Select(cell => new LossObservation(
                    ParameterCount.For(cell.Spec.Shape).WithHead, cell.Spec.Tokens, cell.Spec.Flops, double.NaN,
                    cell.BudgetFlops, cell.Model))
                .DistinctBy(cell => (cell.Parameters, cell.Tokens))];
        return new SweepDesign(
            FormattableString.Invariant($"{cells.Count} cells of the grid {grid.Name}"), cells, null, null,
            grid.Seeds.Count);
    }
}
