using System.Globalization;
using System.Text.Json;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Tuning;

/// <summary>How a tune looks for the best recipe of each cell.</summary>
public sealed record TuneOptions
{
    /// <summary>The recipe fields to tune.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [Tune.RateScale, Tune.BatchScale];

    /// <summary>
    /// Parts of a cell's tokens that its candidates are trained on, one round after another; the last is 1.
    /// </summary>
    public IReadOnlyList<double> Parts { get; init; } = [0.25, 0.5, 1];

    /// <summary>Share of a round's candidates that go on to the next, beside the neighbours of the best.</summary>
    public double Keep { get; init; } = 1 / 3.0;

    /// <summary>How many steps beyond the values given a candidate may go where the best is at their edge.</summary>
    public int Beyond { get; init; } = 3;

    /// <summary>Every problem of these numbers.</summary>
    public IEnumerable<Problem> Problems()
    {
        if (Fields.Count == 0)
            yield return new Problem("--fields", "names no field; leave it out for learningRateScale,batchScale");
        foreach (var twice in Fields.GroupBy(f => f).Where(g => g.Count() > 1))
            yield return new Problem("--fields", $"names {twice.Key} twice; keep one");
        if (Parts.Count == 0 || Parts[^1] != 1 || Parts.Any(p => !(p is > 0 and <= 1))
            || !Parts.SequenceEqual(Parts.Distinct().Order()))
            yield return new Problem("--parts", "are shares of a cell's tokens, each larger than the one before, the "
                + "last 1: e.g. 0.25,0.5,1");
        if (!(Keep is > 0 and <= 1))
            yield return new Problem("--keep", "is the share of candidates that go on, above 0 to 1");
        if (Beyond is < 0 or > 20)
            yield return new Problem("--beyond", "is the number of steps beyond the values given, 0 to 20");
    }
}

/// <summary>A field that is tuned, and the values given for it.</summary>
/// <param name="Name">The recipe's field.</param>
/// <param name="IsNumber">Whether it is a positive number with a best value between others; else each of its values is
/// a recipe of its own.</param>
/// <param name="Values">The values, numbers in order.</param>
public sealed record TuneField(string Name, bool IsNumber, IReadOnlyList<FieldValue> Values)
{
    /// <summary>
    /// The value of a place on the field's ladder: 0 is the first that was given, beyond the ends the ladder goes on
    /// with the ratio of its last two rungs.
    /// </summary>
    internal FieldValue At(int place)
    {
        if (place >= 0 && place < Values.Count) return Values[place];
        var (end, before, steps) = place < 0 ? (Values[0], Values[1], -place)
            : (Values[^1], Values[^2], place - Values.Count + 1);
        var x = end.Number!.Value * Math.Pow(end.Number.Value / before.Number!.Value, steps);
        return FieldValue.FromNumber(
            double.Parse(x.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    /// <summary>Adds a problem where the field cannot take the value of that place.</summary>
    internal void Check(int place, List<Problem> problems) =>
        RecipeField.Find(Name)!.Read(
            new JsonField(JsonSerializer.SerializeToElement(At(place).Number!.Value), Name, problems));
}
