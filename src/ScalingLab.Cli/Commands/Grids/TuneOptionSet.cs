using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Optima;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Tuning;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary>The options of <c>lab tune</c>.</summary>
internal sealed class TuneOptionSet
{
    private readonly Argument<string?> _grid = new("GRID")
    {
        Description = "The grid's JSON file: its models and lengths are the cells", Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _fields = new("--fields")
    {
        Description =
            $"Recipe fields to tune, with commas; {Tune.RateScale},{Tune.BatchScale} unless given. Values of others "
                + "stand in the grid",
    };

    private readonly Option<string?> _parts =
        new("--parts") { Description = "Parts of a cell's tokens, rung by rung; 0.25,0.5,1 unless given" };
    private readonly Option<double?> _keep =
        new("--keep") { Description = "Share of the candidates that go on to the next rung; 0.333 unless given" };
    private readonly Option<int?> _beyond =
        new("--beyond")
        { Description = "Most steps beyond the values given, if the best is at the edge; 3 unless given" };
    private readonly Option<string?> _method =
        new("--method") { Description = "How laws are found: surface (all cells at once), or minima (cell by cell)" };
    private readonly Option<string?> _fitOnly =
        new("--fit-only") { Description = "Train nothing: fit anew from this results folder or runs.csv" };
    private readonly Option<string[]> _predict =
        new("--predict") { Description = "The law's answer with its interval, e.g. \"N=5e6,D=1e8\"; may be repeated" };
    private readonly Option<string?> _rule =
        new("--rule") { Description = "Write the rule to this file; with --predict and nothing else: read it" };
    private readonly Option<bool> _dryRun =
        new("--dry-run") { Description = "Say what would be trained first, and train nothing" };
    private readonly Argument<string[]> _words = GridOptionSet.OverridesArgument();
    private readonly Option<string?> _out = RunOptions.ResultsOption();
    private readonly Option<bool> _update =
        new("--update") { Description = "Replace a sweep of the same name; finished runs are used again" };
    private readonly Option<int?> _slots = RunOptions.SlotsOption();
    private readonly Option<int?> _threads = RunOptions.ThreadsOption();
    private readonly Option<string?> _devices = RunOptions.DevicesOption();
    private readonly Option<bool> _anyPath = GridOptionSet.AllowPathsOption();
    private readonly Option<string> _engine = EngineOption.Create();
    private readonly Option<string?> _ledger = LedgerOption.Create();
    private readonly SlurmOptionSet _slurm = new();

    public TuneOptionSet()
    {
        _method.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => ParseMethod(t.Value) is null))
                result.AddError($"--method is '{token.Value}'; one of "
                    + $"{string.Join(", ", Enum.GetValues<OptimumMethod>().Select(FitOptionSet.JsonName))} is meant");
        });
    }

    public Command Command(string name, string description)
    {
        var command = new Command(name, description)
        {
            _grid, _words, _fields, _parts, _keep, _beyond, _method, _fitOnly, _predict, _rule, _dryRun, _out, _update,
                _slots, _threads, _devices,
            _engine, _anyPath, _ledger,
        };
        _slurm.AddTo(command);
        return command;
    }

    public LabHome Home(ParseResult parsed, LabHome home) => home.WithEngine(parsed, _engine);

    public string? FitOnly(ParseResult parsed) => parsed.GetValue(_fitOnly);

    public string? Grid(ParseResult parsed) => parsed.GetValue(_grid);

    public string? Rule(ParseResult parsed) => parsed.GetValue(_rule);

    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    public bool DryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    public OptimumMethod Method(ParseResult parsed) =>
        parsed.GetValue(_method) is { } word ? ParseMethod(word)!.Value : OptimumMethod.Surface;

    /// <summary>The places to predict.</summary>
    /// <exception cref="InputException">One is no N and D.</exception>
    public IReadOnlyList<(double N, double D)> Predict(ParseResult parsed) =>
        [.. (parsed.GetValue(_predict) ?? []).Select(ParsePoint)];

    /// <summary>How cells are searched.</summary>
    /// <exception cref="InputException">Options that cannot be: every problem.</exception>
    public TuneOptions Options(ParseResult parsed)
    {
        var (otherwise, problems) = (new TuneOptions(), new List<Problem>());
        var parts = parsed.GetValue(_parts) is { } text ? ParseNumbers(text, problems) : otherwise.Parts;
        var options = otherwise with
        {
            Fields = parsed.GetValue(_fields) is { } fields
                ? [.. fields.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]
                : otherwise.Fields,
            Parts = parts,
            Keep = parsed.GetValue(_keep) ?? otherwise.Keep,
            Beyond = parsed.GetValue(_beyond) ?? otherwise.Beyond,
        };
        if (problems.Count == 0) problems.AddRange(options.Problems());
        return problems.Count > 0 ? throw new InputException(problems) : options;
    }

    public TrainingRequest Run(ParseResult parsed, string grid) => new(
        new GridRequest(grid, parsed.GetValue(_anyPath), parsed.GetValue(_words) ?? []),
        Out(parsed),
        parsed.GetValue(_slots),
        parsed.GetValue(_threads),
        parsed.GetValue(_devices),
        parsed.GetValue(_update),
        parsed.GetValue(_ledger),
        _slurm.Bind(parsed))
    { AsTyped = TypedCommand.From(parsed) };

    private static OptimumMethod? ParseMethod(string word) =>
        Enum.GetValues<OptimumMethod>().Where(m => FitOptionSet.JsonName(m) == word).Cast<OptimumMethod?>()
        .FirstOrDefault();

    private static List<double> ParseNumbers(string text, List<Problem> problems)
    {
        var numbers = new List<double>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (double.TryParse(word, CultureInfo.InvariantCulture, out var number)) numbers.Add(number);
            else problems.Add(new Problem("--parts", $"'{word}' is no number"));
        }

        return numbers;
    }

    private static (double N, double D) ParsePoint(string text)
    {
        var given = new Dictionary<string, double>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = word.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0] is not ("N" or "D")
                || !double.TryParse(parts[1], CultureInfo.InvariantCulture, out var number) || !(number > 0)
                || !double.IsFinite(number) || !given.TryAdd(parts[0], number))
            {
                throw new InputException("--predict", $"'{text}' is no place such as N=5e6,D=1e8: parameters of blocks "
                    + "and head, and tokens");
            }
        }

        return given.Count == 2 ? (given["N"], given["D"])
            : throw new InputException("--predict", $"'{text}' lacks {(given.ContainsKey("N") ? "D" : "N")}");
    }
}
