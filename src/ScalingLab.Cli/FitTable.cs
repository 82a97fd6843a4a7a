using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary>Columns that were asked for by name; null: the default where the file has it.</summary>
internal sealed record FitColumns(
    string? Parameters = null, string? Tokens = null, string? Flops = null, string? Loss = null, string? Budget = null, string? Seed = null,
    string? Unique = null);

/// <summary>A table of runs, read for fitting.</summary>
/// <param name="Observations">Rows with all that a fit needs, each with its number.</param>
/// <param name="Rows">All rows.</param>
/// <param name="SetAside">The rows that are no observations, and why.</param>
/// <param name="Used">What each quantity was taken from, in words.</param>
internal sealed record FitTable(
    IReadOnlyList<LossObservation> Observations, int Rows, IReadOnlyList<ExcludedRow> SetAside, FitTable.Columns Used)
{
    /// <summary>The columns of runs.csv.</summary>
    public static Columns Defaults { get; } =
        new("parameters_with_head", "tokens", "flops", "loss_validation", "budget_flops", "seed", "unique_tokens");

    // Of runs.csv: what is wrong with a run, in words; empty for nothing.
    private const string Flags = "flags";

    // Of runs.csv: passes over the text. U = D / epochs, and D where not all of the text was seen.
    private const string Epochs = "epochs";

    /// <summary>Where each quantity comes from; null: nothing.</summary>
    internal sealed record Columns(string Parameters, string? Tokens, string? Flops, string Loss, string? Budget, string? Seed, string? Unique)
    {
        public override string ToString()
        {
            var text = $"N = {Parameters}, D = {Tokens ?? "C / 6N"}, C = {Flops ?? "6ND"}, loss = {Loss}, budgets = {Budget ?? "runs of nearly equal FLOPs"}";
            if (Seed is not null) text += $", seed = {Seed}";
            return Unique is null ? text : $"{text}, unique tokens = {(Unique == Epochs ? "D / epochs" : Unique)}";
        }
    }

    /// <summary>Every row of a file, as observations.</summary>
    /// <exception cref="InputException">The file, its columns or its numbers cannot be used: every problem.</exception>
    public static FitTable Read(string file, FitColumns asked) => Of(CsvTable.Read(file), asked, []);

    /// <summary>
    /// The rows of <paramref name="table"/> that pass every condition, as observations. Flagged ones are set aside if asked: those whose column "flags" is not
    /// empty, and in a table without it those far above what the other rows foretell.
    /// </summary>
    /// <exception cref="InputException">Columns, conditions or numbers that cannot be used: every problem.</exception>
    public static FitTable Of(CsvTable table, FitColumns asked, IReadOnlyList<string> conditions, bool excludeFlagged = false)
    {
        var problems = new List<Problem>();
        var used = Find(table, asked, problems);
        List<RowFilter?> filters = [.. conditions.Select(c => RowFilter.Of(c, table, problems))];
        if (table.Rows.Count == 0) problems.Add(new Problem(table.File, "has a header, but no row below it"));
        if (problems.Count > 0) throw new InputException(problems);

        var (observations, setAside) = (new List<LossObservation>(), new List<ExcludedRow>());
        foreach (var row in table.Rows)
        {
            if (problems.Count >= CsvTable.MostProblems) break;
            if (filters.FirstOrDefault(f => !f!.Passes(table, row)) is { } filter) setAside.Add(new ExcludedRow(row.Number, $"not {filter.Text}"));
            else if (Observation(table, used, row, problems, out var missing) is { } observation) observations.Add(observation);
            else setAside.Add(new ExcludedRow(row.Number, missing));
        }

        if (problems.Count > 0) throw new InputException(problems);
        if (excludeFlagged) observations = WithoutFlagged(table, observations, setAside);
        RequireSome(table, observations, setAside);
        return new FitTable(observations, table.Rows.Count, setAside, used);
    }

    private static List<LossObservation> WithoutFlagged(CsvTable table, List<LossObservation> observations, List<ExcludedRow> setAside)
    {
        var flagged = table.Has(Flags)
            ? observations.Where(one => one.Flags is not null).Select(one => new ExcludedRow(one.Row!.Value, $"flagged {one.Flags}")).ToList()
            : [.. Neighbours.FarAbove(observations).Select(one => new ExcludedRow(one.Row, "far above what its neighbours in N and D foretell"))];
        setAside.AddRange(flagged);
        return [.. observations.ExceptBy(flagged.Select(one => one.Row), one => one.Row!.Value)];
    }

    // Each quantity's column: the one asked for, else the default where the file has it. Tokens and FLOPs that were not asked for follow
    // from those that were, by C = 6ND: a file's other column may count otherwise.
    private static Columns Find(CsvTable table, FitColumns asked, List<Problem> problems)
    {
        var n = Named("--n", asked.Parameters) ?? Required("--n", asked.Parameters, Defaults.Parameters);
        var loss = Named("--loss", asked.Loss) ?? Required("--loss", asked.Loss, Defaults.Loss);
        var neither = asked.Tokens is null && asked.Flops is null;
        var d = Named("--d", asked.Tokens) ?? (neither ? Default(Defaults.Tokens!) : null);
        var c = Named("--flops", asked.Flops) ?? (neither ? Default(Defaults.Flops!) : null);
        if (neither && d is null && c is null)
            problems.Add(new Problem(table.File, $"has neither tokens nor FLOPs: name a column with --d or --flops ({table.Columns})"));
        return new Columns(
            n,
            d,
            c,
            loss,
            Named("--budget", asked.Budget) ?? Default(Defaults.Budget!),
            Named("--seed-column", asked.Seed) ?? Default(Defaults.Seed!),
            Named("--unique", asked.Unique) ?? Default(Defaults.Unique!) ?? Default(Epochs));

        string? Named(string option, string? name)
        {
            if (name is not null && !table.Has(name)) problems.Add(new Problem(option, $"{table.File} has no column '{name}' ({table.Columns})"));
            return name;
        }

        string Required(string option, string? name, string otherwise)
        {
            if (name is null && !table.Has(otherwise))
                problems.Add(new Problem(table.File, $"has no column '{otherwise}': name another with {option} ({table.Columns})"));
            return otherwise;
        }

        string? Default(string name) => table.Has(name) ? name : null;
    }

    private static LossObservation? Observation(CsvTable table, Columns used, CsvRow row, List<Problem> problems, out string missing)
    {
        var (size, tokens, flops, loss) = (Number(used.Parameters), Number(used.Tokens), Number(used.Flops), Number(used.Loss));
        List<string> without = [];
        if (size is null) without.Add(used.Parameters);
        if (loss is null) without.Add(used.Loss);
        if ((tokens ?? flops) is null) without.Add(string.Join(" or ", new[] { used.Tokens, used.Flops }.OfType<string>()));
        missing = $"no {string.Join(" and no ", without)}";
        if (without.Count > 0) return null;
        var (n, d) = (size!.Value, tokens ?? (flops!.Value / (6 * size.Value)));
        return new LossObservation(
            n, d, flops ?? (6 * n * d), loss!.Value, Number(used.Budget), Label(table, row), row.Number, Unique(),
            used.Seed is null ? null : table.Text(row, used.Seed), Counts(table, row, problems), FlagsOf(table, row));

        double? Number(string? column) => table.Number(row, column, problems);

        double? Unique() => used.Unique != Epochs ? Number(used.Unique) : Number(Epochs) is { } epochs ? d / Math.Max(epochs, 1) : null;
    }

    // Another's column of that name may hold anything.
    private static string? FlagsOf(CsvTable table, CsvRow row) =>
        table.Has(Flags) && table.Text(row, Flags) is { } text && RunDefectWords.Find(text) is not (null or RunDefects.None) ? text : null;

    private static string? Label(CsvTable table, CsvRow row) => table.Has("model") ? table.Text(row, "model") : null;

    // runs.csv counts each model in every way that a paper does.
    private static ModelCounts? Counts(CsvTable table, CsvRow row, List<Problem> problems)
    {
        var counts = new ModelCounts(
            Number("parameters_total"), Number("parameters_non_embedding"), Number("parameters_with_head"), Number("flops"));
        return counts is { Total: null, NonEmbedding: null, WithHead: null } ? null : counts;

        double? Number(string column) => table.Has(column) ? table.Number(row, column, problems) : null;
    }

    // Statuses say what few rows cannot hold; without any row that could be fitted the file is not what was meant.
    private static void RequireSome(CsvTable table, List<LossObservation> observations, List<ExcludedRow> setAside)
    {
        var check = Fitting.Observations.Check(observations);
        if (check.Usable.Count > 0) return;
        throw new InputException([.. check.Excluded.Concat(setAside).OrderBy(e => e.Row).Take(CsvTable.MostProblems)
            .Select(e => new Problem($"{table.File} row {e.Row}", $"cannot be fitted: {e.Reason}"))]);
    }
}
