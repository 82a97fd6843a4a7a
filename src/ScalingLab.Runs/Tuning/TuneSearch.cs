using System.Globalization;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Tuning;

/// <summary>The search of one cell: a model, a length, and one value of each field that is no number.</summary>
internal sealed class TuneSearch
{
    private readonly Tune _tune;
    private readonly DataIdentity _data;
    private readonly int _vocabulary;
    private readonly Grid _cell;
    private readonly IReadOnlyList<RecipeChoice> _combination;
    private readonly IReadOnlyList<TuneField> _numbers;
    private readonly Dictionary<(string Candidate, double Part), IReadOnlyList<SweepCell>> _runs = [];
    private readonly Dictionary<string, int[]> _first = [];

    private TuneSearch(Tune tune, DataIdentity data, int vocabulary, Grid cell, IReadOnlyList<RecipeChoice> words)
    {
        (_tune, _data, _vocabulary, _cell, _combination) = (tune, data, vocabulary, cell, words);
        _numbers = [.. tune.Fields.Where(f => f.IsNumber)];
    }

    private string Name => string.Concat(
        _cell.Models[0].Name, " ", ShortNumber.Format(_cell.Lengths[0].Value), " ",
        _cell.Lengths[0].Kind switch { GridLengthKind.Flops => "FLOPs", GridLengthKind.Tokens => "tokens",
            _ => "tokens a parameter" },
        string.Concat(_combination.Select(w => $", {w.Field}={w.Value}")));

    /// <summary>The cells of a tune that are not excluded.</summary>
    public static IReadOnlyList<TuneSearch> CreateAll(Tune tune, DataIdentity data, int vocabulary,
        List<Problem> problems)
    {
        var searches = new List<TuneSearch>();
        var grid = tune.Grid;
        var exclusions = new GridExclusionIndex(grid.Exclude);
        foreach (var model in grid.Models)
        foreach (var length in grid.Lengths)
        foreach (var context in grid.Contexts.Count > 0 ? grid.Contexts : [model.Shape.Context])
        foreach (var words in Combinations(tune))
        {
            var cell = grid with
            {
                Models = [model], Lengths = [length], Contexts = [context],
                Recipe =
                [
                    .. grid.Recipe.Where(a => tune.Fields.All(f => f.Name != a.Field)),
                    .. words.Select(w =>
                        new GridAxis(w.Field,
                            [tune.Fields.First(f => f.Name == w.Field).Values.First(v => v.Text == w.Value)])),
                ],
            };
            var search = new TuneSearch(tune, data, vocabulary, cell, words);
            var found = new List<Problem>();
            var middle =
                GridExpansion.Cells(search.WithCandidate(1, search.Centre()), data, vocabulary,
                    GridExclusionIndex.None, found);
            if (middle.Count > 0 && middle.All(exclusions.Excludes)) continue;
            GridExpansion.Cells(search.WithCandidate(tune.Options.Parts[0], search.Centre()), data, vocabulary,
                GridExclusionIndex.None, found);
            if (found.Count == 0) searches.Add(search);
            else problems.AddRange(found);
        }

        return searches;
    }

    /// <summary>Tells what the search needs, as far as what has ended leads it.</summary>
    /// <returns>Whether it is at its end.</returns>
    public bool Advance(Func<RunId, RunRecord?> ended, Action<SweepCell> need, List<string> notes)
    {
        var survivors = Lattice();
        foreach (var part in _tune.Options.Parts)
        {
            var wanted = Distinct(survivors, part);
            var (losses, said) = (new Dictionary<string, double>(), new List<string>());
            int[]? best;
            while (true)
            {
                var waiting = false;
                foreach (var candidate in wanted)
                {
                    foreach (var run in Runs(candidate, part)) need(run);
                    if (Loss(candidate, part, ended) is { } loss) losses[Key(candidate)] = loss;
                    else waiting = true;
                }

                if (waiting) return false;
                best = wanted.Where(c => double.IsFinite(losses[Key(c)])).MinBy(c => losses[Key(c)]);
                if (best is null)
                {
                    notes.Add($"{Name}: no candidate has a loss; the cell is left out");
                    return true;
                }

                var more = Distinct(Neighbours(best, part, corners: false), part)
                    .Where(c => !losses.ContainsKey(Key(c))).ToList();
                if (more.Count == 0) break;
                said.AddRange(ExtensionNotes(best, more, part));
                wanted.AddRange(more);
            }

            notes.AddRange(said);
            if (part == 1) notes.AddRange(EdgeNotes(best));
            var kept = (int)Math.Ceiling(_tune.Options.Keep * wanted.Count);
            survivors =
            [
                .. wanted.Where(c => double.IsFinite(losses[Key(c)])).OrderBy(c => losses[Key(c)]).Take(kept)
                    .Concat(Neighbours(best, part, corners: best.Length == 2)).DistinctBy(Key),
            ];
        }

        return true;
    }

    private static IEnumerable<IReadOnlyList<RecipeChoice>> Combinations(Tune tune)
    {
        IEnumerable<IReadOnlyList<RecipeChoice>> all = [[]];
        foreach (var field in tune.Fields.Where(f => !f.IsNumber))
            all = [.. all.SelectMany(_ => field.Values,
                (words, value) => (IReadOnlyList<RecipeChoice>)[.. words, new RecipeChoice(field.Name, value.Text)])];
        return all;
    }

    private static string Key(int[] candidate) => string.Join(',', candidate);

    /// <summary>
    /// The mean loss of a candidate's seeds; infinite where one diverged or failed, null while one has not ended.
    /// </summary>
    private double? Loss(int[] candidate, double part, Func<RunId, RunRecord?> ended)
    {
        var records = Runs(candidate, part).Select(r => ended(r.Spec.Id)).ToList();
        return records.Exists(r => r is null) ? null
            : records.Average(r => r!.Result?.LossValidation ?? double.PositiveInfinity);
    }

    private IEnumerable<string> ExtensionNotes(int[] best, IReadOnlyList<int[]> more, double part)
    {
        for (var k = 0; k < _numbers.Count; k++)
        {
            foreach (var candidate
                in more.Where(c => c[k] != best[k] && (c[k] < 0 || c[k] >= _numbers[k].Values.Count)))
            {
                var field = _numbers[k];
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Name}, at {part:0.###} of it: {field.Name} {field.At(best[k]).Text} is best, at the edge; "
                        + $"{field.At(candidate[k]).Text} is tried too");
            }
        }
    }

    private IEnumerable<string> EdgeNotes(int[] best)
    {
        for (var k = 0; k < _numbers.Count; k++)
        {
            foreach (var side in (int[])[-1, 1])
            {
                if (Step(best, k, side, 1, _tune.Options.Beyond) is not null) continue;
                yield return $"{Name}: {_numbers[k].Name} {_numbers[k].At(best[k]).Text} is best and nothing "
                    + $"{(side < 0 ? "lower" : "higher")} can be tried"
                    + (Step(best, k, side, 1, _tune.Options.Beyond + 1) is null ? "" : " (--beyond allows more)");
            }
        }
    }

    private List<int[]> Lattice()
    {
        List<int[]> all = [[]];
        foreach (var field in _numbers)
            all = [.. all.SelectMany(_ => Enumerable.Range(0, field.Values.Count), (c, i) => (int[])[.. c, i])];
        return all;
    }

    /// <summary>
    /// The candidates that can be trained, each run once: a batch is whole sequences, so that two small factors may be
    /// the same run. The first one stands for all.
    /// </summary>
    private List<int[]> Distinct(IEnumerable<int[]> candidates, double part) =>
        [.. candidates.Select(c => First(c, part)).OfType<int[]>().DistinctBy(Key)];

    private int[]? First(int[] candidate, double part)
    {
        var runs = Runs(candidate, part);
        if (runs.Count == 0) return null;
        var name = string.Join(' ', runs.Select(r => r.Spec.Id.Value));
        return _first.TryGetValue(name, out var first) ? first : _first[name] = candidate;
    }

    /// <summary>
    /// The next place of a field on one side that is another run; null where there is none within the bounds.
    /// </summary>
    private int? Step(int[] from, int k, int side, double part, int beyond)
    {
        var own = First(from, part);
        for (var place = from[k] + side; place >= -beyond && place < _numbers[k].Values.Count + beyond; place += side)
        {
            var next = from.ToArray();
            next[k] = place;
            if (First(next, part) is { } first && first != own) return place;
        }

        return null;
    }

    /// <summary>
    /// The best and one step either way in each field, which a parabola in each direction needs; with the corners,
    /// which say how the fields act on each other.
    /// </summary>
    private IEnumerable<int[]> Neighbours(int[] best, double part, bool corners)
    {
        List<int[]> all = [[]];
        foreach (var field in best.Select(Places).ToList())
            all = [.. all.SelectMany(_ => field, (c, place) => (int[])[.. c, place])];
        return corners ? all : all.Where(c => c.Zip(best).Count(p => p.First != p.Second) <= 1);

        List<int> Places(int own, int k) =>
            [own, .. ((int[])[-1, 1]).Select(side => Step(best, k, side, part, _tune.Options.Beyond)).OfType<int>()];
    }

    /// <summary>The rule's own candidate: factors of 1, or next to it; of other fields the middle value.</summary>
    private int[] Centre() => [.. _numbers.Select(f => f.Name is not (Tune.RateScale or Tune.BatchScale)
        ? f.Values.Count / 2
        : Enumerable.Range(0, f.Values.Count).MinBy(i => Math.Abs(Math.Log(f.Values[i].Number!.Value))))];

    private Grid WithCandidate(double part, int[] candidate) => _cell with
    {
        Lengths = [_cell.Lengths[0] with { Value = _cell.Lengths[0].Value * part }],
        Recipe = [.. _cell.Recipe, .. _numbers.Select((f, k) => new GridAxis(f.Name, [f.At(candidate[k])]))],
    };

    /// <summary>
    /// A candidate's runs, one a seed, with its values as labels; none where it cannot be trained, e.g. because its
    /// batch is longer than the run.
    /// </summary>
    private IReadOnlyList<SweepCell> Runs(int[] candidate, double part)
    {
        if (_runs.TryGetValue((Key(candidate), part), out var known)) return known;
        var problems = new List<Problem>();
        // beyond those given, a share may exceed a whole
        foreach (var (field, place) in _numbers.Zip(candidate)) field.Check(place, problems);
        IReadOnlyList<GridCell> cells = problems.Count > 0 ? []
            : GridExpansion.Cells(WithCandidate(part, candidate), _data, _vocabulary, GridExclusionIndex.None,
                problems);
        RecipeChoice[] varies =
            [.. _combination, .. _numbers.Select((f, k) => new RecipeChoice(f.Name, f.At(candidate[k]).Text))];
        return _runs[(Key(candidate), part)] = problems.Count > 0 ? []
            : [.. cells.Select(c => c.Cell with { Varies = varies })];
    }
}
