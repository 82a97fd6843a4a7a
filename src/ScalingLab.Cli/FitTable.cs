using System.Globalization;
using CsvHelper;
using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary>Columns that were asked for by name; null: the default where the file has it.</summary>
internal sealed record FitColumns(string? Parameters, string? Tokens, string? Flops, string? Loss, string? Budget);

/// <summary>A table of runs, read for fitting.</summary>
/// <param name="Observations">Rows with all that a fit needs.</param>
/// <param name="Rows">All rows.</param>
/// <param name="Excluded">Why each row that is missing here was left out.</param>
/// <param name="Used">What each quantity was taken from, in words.</param>
internal sealed record FitTable(IReadOnlyList<LossObservation> Observations, int Rows, IReadOnlyList<string> Excluded, FitTable.Columns Used)
{
    // A file of another kind has a problem in every field: the first hundred are enough to see that.
    private const int MostProblems = 100;

    /// <summary>The columns of runs.csv.</summary>
    public static Columns Defaults { get; } = new("parameters_with_head", "tokens", "flops", "loss_validation", "budget_flops");

    /// <summary>Where each quantity comes from.</summary>
    internal sealed record Columns(string Parameters, string Tokens, string Flops, string Loss, string Budget);

    /// <exception cref="InputException">The file, its columns or its numbers cannot be used: every problem.</exception>
    public static FitTable Read(string file, FitColumns asked)
    {
        if (!File.Exists(file)) throw new InputException(file, "no such file");
        try
        {
            using var reader = CsvReader.FromFile(file, new CsvReaderOptions { TrackLineNumbers = true, MalformedData = CsvMalformedDataHandling.Throw });
            reader.ReadHeader();
            string[] header = [.. reader.Headers];
            if (header.Length == 0) throw new InputException(file, "is empty; its first line names the columns");
            var problems = new List<Problem>();
            var n = Find("--n", asked.Parameters, Defaults.Parameters, required: true);
            var loss = Find("--loss", asked.Loss, Defaults.Loss, required: true);
            var d = Find("--d", asked.Tokens, Defaults.Tokens, required: false);
            var c = Find("--flops", asked.Flops, Defaults.Flops, required: false);
            var budget = Find("--budget", asked.Budget, Defaults.Budget, required: false);
            if (d is null && c is null && problems.Count == 0)
                problems.Add(new Problem(file, $"has neither tokens nor FLOPs: name a column with --d or --flops (columns: {string.Join(", ", header)})"));
            if (problems.Count > 0) throw new InputException(problems);

            var (observations, excluded, rows) = (new List<LossObservation>(), new List<string>(), 0);
            while (problems.Count < MostProblems && reader.Read())
            {
                rows++;
                var (size, tokens, flops, value) = (Field(n), Field(d), Field(c), Field(loss));
                string[] missing = [.. new[] { (n, size), (loss, value) }.Where(f => f.Item2 is null).Select(f => f.Item1!)];
                if (missing.Length > 0) excluded.Add($"no {string.Join(" and no ", missing)}");
                else if ((tokens ?? flops) is null) excluded.Add("neither tokens nor FLOPs");
                else observations.Add(Observation(size!.Value, tokens, flops, value!.Value, Field(budget), rows));
            }

            if (problems.Count > 0) throw new InputException(problems);
            return new FitTable(
                observations, rows, excluded, new Columns(n!, d ?? "C / 6N", c ?? "6ND", loss!, budget ?? "runs of nearly equal FLOPs"));

            string? Find(string option, string? wanted, string otherwise, bool required)
            {
                var name = wanted ?? otherwise;
                if (header.Contains(name)) return name;
                if (wanted is not null) problems.Add(new Problem(option, $"{file} has no column '{name}' (columns: {string.Join(", ", header)})"));
                else if (required)
                    problems.Add(new Problem(file, $"has no column '{name}': name another with {option} (columns: {string.Join(", ", header)})"));
                return null;
            }

            double? Field(string? column)
            {
                if (column is null || reader.GetString(Array.IndexOf(header, column)) is not { Length: > 0 } text) return null;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var x)) return x;
                problems.Add(new Problem($"{file} line {reader.LineNumber}, {column}", $"'{text}' is not a number"));
                return null;
            }
        }
        catch (CsvFormatException e)
        {
            throw new InputException($"{file} line {e.LineNumber}", e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, $"cannot be read: {e.Message}");
        }
    }

    private static LossObservation Observation(double n, double? tokens, double? flops, double loss, double? budget, int row)
    {
        var d = tokens ?? (flops!.Value / (6 * n));
        return new LossObservation(n, d, flops ?? (6 * n * d), loss, budget, null, row);
    }
}
