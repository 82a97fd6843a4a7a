using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>Where each quantity of a table comes from; null: nothing.</summary>
public sealed record ColumnMapping(
    ColumnExpression Parameters, ColumnExpression? Tokens, ColumnExpression? Flops, ColumnExpression Loss,
    ColumnExpression? Budget, string? Seed, ColumnExpression? Unique)
{
    // Of runs.csv: passes over the text. U = D / epochs, and D where not all of the text was seen.
    private const string Epochs = "epochs";

    // What leaves the default column of budgets out.
    private const string None = "none";

    /// <summary>Whether distinct tokens follow from passes over the text.</summary>
    public bool UniqueFromEpochs => Unique?.Name == Epochs;

    /// <summary>The columns in use.</summary>
    public IEnumerable<string> Names =>
        new[] { Parameters.Name, Tokens?.Name, Flops?.Name, Loss.Name, Budget?.Name, Seed,
            Unique?.Name }.OfType<string>().Concat(Tasks);

    /// <summary>Columns of tasks: measured of a run, as its loss is.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>
    /// Each quantity's column: the one asked for, else the default where the file has it. Tokens and FLOPs that were
    /// not asked for follow from those that were, by C = 6ND: a file's other column may count otherwise. Null, and
    /// every problem, where a column is missing.
    /// </summary>
    public static ColumnMapping? Find(CsvTable table, FitColumns asked, List<Problem> problems)
    {
        var before = problems.Count;
        var defaults = FitColumns.Default;
        var n = Required("--n", asked.Parameters, defaults.Parameters!);
        var loss = Required("--loss", asked.Loss, defaults.Loss!);
        var neither = asked.Tokens is null && asked.Flops is null;
        var d = Optional("--d", asked.Tokens, neither ? defaults.Tokens : null);
        var c = Optional("--flops", asked.Flops, neither ? defaults.Flops : null);
        if (neither && d is null && c is null)
            problems.Add(new Problem(table.File, $"has neither tokens nor FLOPs: name a column with --d or --flops "
                + $"({table.Columns})"));
        var withoutBudget = asked.Budget == None && !table.Has(None);
        var budget = withoutBudget ? null : Optional("--budget", asked.Budget, defaults.Budget);
        var seed = Optional("--seed-column", asked.Seed, defaults.Seed);
        var unique = Optional("--unique", asked.Unique, defaults.Unique) ?? Optional("--unique", null, Epochs);
        RequireDifferent([("--n", n), ("--d", d), ("--flops", c), ("--loss", loss)], problems);
        return problems.Count > before ? null : new ColumnMapping(n!, d, c, loss!, budget, seed?.Name, unique)
            { Tasks = TaskColumns.NamesIn(table) };

        ColumnExpression? Required(string option, string? name, string otherwise)
        {
            if (name is not null || table.Has(otherwise))
                return ColumnExpression.Parse(option, name ?? otherwise, table, problems);
            problems.Add(new Problem(table.File, $"has no column '{otherwise}': name another with {option} "
                + $"({table.Columns})"));
            return null;
        }

        ColumnExpression? Optional(string option, string? name, string? otherwise) =>
            name is not null ? ColumnExpression.Parse(option, name, table, problems)
            : otherwise is not null && table.Has(otherwise) ? new ColumnExpression(otherwise) : null;
    }

    // D and C may be one column, as of optimizer steps; N and the loss are no other quantity.
    private static void RequireDifferent(IEnumerable<(string Option, ColumnExpression? Column)> quantities,
        List<Problem> problems)
    {
        foreach (var one in quantities.Where(q => q.Column is not null).GroupBy(q => q.Column!.Name))
        {
            List<string> options = [.. one.Select(q => q.Option)];
            if (options.Count > 1 && (options.Contains("--n") || options.Contains("--loss")))
            {
                problems.Add(new Problem(string.Join(" and ", options), $"name one column, '{one.Key}': N, the loss "
                    + "and the tokens or FLOPs stand in different ones"));
            }
        }
    }

    public override string ToString()
    {
        var d = Tokens?.ToString() ?? "C / 6N";
        var budgets = Budget?.ToString() ?? "runs of nearly equal FLOPs";
        var text = $"N = {Parameters}, D = {d}, C = {Flops?.ToString() ?? "6ND"}, loss = {Loss}, budgets = {budgets}";
        if (Seed is not null) text += $", seed = {Seed}";
        return Unique is null ? text : $"{text}, unique tokens = {(UniqueFromEpochs ? "D / epochs" : Unique)}";
    }
}
