using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Checks;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Fits;

/// <summary>The options of <c>lab fit</c>: what to read, which laws to fit and how, where to write.</summary>
internal sealed class FitOptionSet
{
    private const string All = "all";
    private static readonly FitColumns Defaults = FitColumns.Default;
    private static readonly JsonSerializerOptions Names = new() { Converters = { new JsonStringEnumConverter() } };

    private readonly Argument<string?> _file =
        new("FILE.csv") { Description = "A table with a header line, one run a row", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _n =
        ColumnOption("--n", "Column of model parameters; \"COL*1e6\" multiplies any column", Defaults.Parameters!);
    private readonly Option<string?> _d = TextOption("--d", "Column of training tokens; without it D = C / 6N");
    private readonly Option<string?> _flops = TextOption("--flops", "Column of training FLOPs; without it C = 6ND");
    private readonly Option<string?> _loss =
        ColumnOption("--loss", "Column of the final loss, nats/token", Defaults.Loss!);
    private readonly Option<string?> _budget =
        ColumnOption("--budget", "Column of the planned budget; none: runs of nearly equal FLOPs", Defaults.Budget!);
    private readonly Option<string?> _seedColumn =
        ColumnOption("--seed-column", "Column of the replicate's seed", Defaults.Seed!);
    private readonly Option<string?> _unique =
        ColumnOption("--unique", "Column of distinct training tokens, for data-constrained", Defaults.Unique!);
    private readonly Option<string?> _nOpt =
        TextOption("--n-opt", "The table has minima, one a row, no runs: the column of N_opt (with --flops)");
    private readonly Option<string?> _dOpt =
        TextOption("--d-opt", "With --n-opt: the column of D_opt; without it D_opt = C / 6 N_opt");
    private readonly Option<string[]> _where =
        new("--where") { Description = "Fit only rows such as \"loss<4\"; <, <=, >, >=, =, !=; may be repeated" };
    private readonly Option<string?> _runColumn =
        TextOption("--run-column", "Where rows are checkpoints: the column of runs; each one's last row stays");
    private readonly Option<string[]> _bestOver =
        new("--best-over") { Description = "Of rows that share N and D the best over this column; may be repeated" };
    private readonly Option<bool> _excludeFlagged = new("--exclude-flagged")
    {
        Description =
            "Leave out flagged rows (column flags); without that column, those far above what the others predict",
    };
    private readonly Option<string?> _curves =
        TextOption("--curves", "Points of training curves, for envelope; curves.csv beside runs.csv unless given");
    private readonly Option<string?> _demo =
        ChoiceOption("--demo", "Instead of a file: a made-up sweep", [.. DemoSweep.All.Select(d => d.Name)]);
    private readonly Option<string[]> _approach =
        new("--approach") { Description = $"Laws to fit: {string.Join(", ", Approaches())}; {All} unless given" };
    private readonly Option<string?> _method =
        ChoiceOption("--method", "What a residual costs; huber unless given", JsonNames<FitMethod>());
    private readonly Option<double?> _huberDelta =
        new("--huber-delta") { Description = "Where Huber's cost turns linear; 0.001 unless given" };
    private readonly Option<string?> _residuals =
        ChoiceOption("--residuals", "Of ln loss or of the loss; log unless given, linear for vpnls",
            JsonNames<ResidualKind>());
    private readonly Option<string?> _objective =
        ChoiceOption("--objective", "How costs are put together; sum unless given", JsonNames<ObjectiveKind>());
    private readonly Option<string?> _minima =
        ChoiceOption("--minima", "How a budget's minimum is found; auto unless given", JsonNames<MinimumMethod>());
    private readonly Option<int?> _dropHighest =
        new("--drop-highest") { Description = "Leave out so many of the highest losses" };
    private readonly Option<double[]> _targets =
        new("--target-flops") { Description = "A budget to advise on; may be repeated" };
    private readonly Option<string[]> _predict = new("--predict")
    {
        Description =
            "Predict the loss of a run, \"N=124M,D=2.5B\", with \",U=1B\" for distinct tokens, or of the best run at "
                + "\"C=1e20\", or the scores of tasks at \"L=3\"; may be repeated",
    };
    private readonly Option<string[]> _pin = new("--pin")
    {
        Description = "Take E=1.8, alpha=0.34, beta=0.28 or beta=alpha as known in the parametric law; may be repeated",
    };
    private readonly Option<int?> _bootstrap =
        new("--bootstrap") { Description = "Bootstrap draws; 4000 unless given, 0 for none" };
    private readonly Option<int?> _seed =
        new("--seed") { Description = "Of the random starts and the bootstrap; 1 unless given" };
    private readonly Option<string?> _json =
        TextOption("--json", "Write the whole fit to this file as JSON; - for standard output, and nothing else there");
    private readonly Option<string?> _figures = TextOption("--figures", "Draw the figures into this folder");

    public FitOptionSet()
    {
        _approach.AllowMultipleArgumentsPerToken = true;
        _approach.Validators.Add(OneOf("--approach", [.. Approaches(), All]));
    }

    public Command Command(string name, string description) => new(name, description)
    {
        _file, _demo, _n, _d, _flops, _loss, _budget, _seedColumn, _unique, _nOpt, _dOpt, _where, _runColumn,
            _bestOver, _excludeFlagged, _curves,
        _approach, _method, _huberDelta, _residuals, _objective, _minima, _dropHighest, _targets, _predict, _pin,
            _bootstrap, _seed, _json, _figures,
    };

    public string? File(ParseResult parsed) => parsed.GetValue(_file);

    /// <summary>The made-up sweep that was asked for; null: none.</summary>
    public DemoSweep? Demo(ParseResult parsed) =>
        parsed.GetValue(_demo) is { } name ? DemoSweep.All.First(d => d.Name == name) : null;

    public string? Json(ParseResult parsed) => parsed.GetValue(_json);

    public string? Figures(ParseResult parsed) => parsed.GetValue(_figures);

    public string? Curves(ParseResult parsed) => parsed.GetValue(_curves);

    public RowSelection Rows(ParseResult parsed) => new()
    {
        Where = parsed.GetValue(_where) ?? [],
        ExcludeFlagged = parsed.GetValue(_excludeFlagged),
        RunColumn = parsed.GetValue(_runColumn),
        BestOver = parsed.GetValue(_bestOver) ?? [],
    };

    public FitColumns Columns(ParseResult parsed) => new(
        parsed.GetValue(_n), parsed.GetValue(_d), parsed.GetValue(_flops), parsed.GetValue(_loss),
        parsed.GetValue(_budget), parsed.GetValue(_seedColumn),
        parsed.GetValue(_unique));

    /// <summary>The columns of a table of minima; null: the table has runs.</summary>
    /// <exception cref="InputException">Options that do not go with a table of minima: every one.</exception>
    public MinimaColumns? Minima(ParseResult parsed)
    {
        if (parsed.GetValue(_nOpt) is not { } sizes)
            return parsed.GetValue(_dOpt) is null ? null
                : throw new InputException("--d-opt", "goes with --n-opt, the column of N_opt: name that too");
        Option[] ofRuns =
        [
            _n, _d, _loss, _budget, _seedColumn, _unique, _runColumn, _bestOver, _excludeFlagged, _curves, _demo,
                _approach, _method, _huberDelta,
            _residuals, _objective, _minima, _dropHighest, _predict, _pin,
        ];
        var given = ofRuns.Where(option => parsed.GetResult(option) is { Implicit: false }).ToList();
        return given.Count == 0 ? new MinimaColumns(sizes, parsed.GetValue(_flops), parsed.GetValue(_dOpt))
            : throw new InputException([.. given.Select(option => new Problem(option.Name, "is for a table of runs; "
                + "with --n-opt leave it out"))]);
    }

    /// <summary>How to fit.</summary>
    /// <exception cref="InputException">Options that cannot be: every problem.</exception>
    public FitOptions Options(ParseResult parsed)
    {
        var otherwise = new FitOptions();
        var method = Value(_method, otherwise.Method);
        var problems = new List<Problem>();
        var approaches = (parsed.GetValue(_approach) ?? []).Distinct().ToList();
        var options = otherwise with
        {
            Approaches = approaches.Count == 0 || approaches.Contains(All) ? otherwise.Approaches
                : [.. approaches.Select(ParseJsonName<FitApproach>)],
            Method = method,
            Minima = Value(_minima, otherwise.Minima),
            HuberDelta = parsed.GetValue(_huberDelta) ?? otherwise.HuberDelta,
            Residuals =
                Value(_residuals, method == FitMethod.VariableProjection ? ResidualKind.Linear : otherwise.Residuals),
            Objective = Value(_objective, otherwise.Objective),
            DropHighest = parsed.GetValue(_dropHighest) ?? otherwise.DropHighest,
            TargetFlops = parsed.GetValue(_targets) ?? [],
            Predictions = FitPredictions.Parse(parsed.GetValue(_predict) ?? [], problems),
            Pins = PinParser.Parse(parsed.GetValue(_pin) ?? [], problems),
            Bootstrap = parsed.GetValue(_bootstrap) ?? otherwise.Bootstrap,
            Seed = parsed.GetValue(_seed) ?? otherwise.Seed,
        };
        // Pins and predictions have said theirs, with their place.
        problems.AddRange(
            (options with { Predictions = [], Pins = ParametricPins.None }).Problems()
            .Select(p => new Problem("options", p)));
        return problems.Count > 0 ? throw new InputException(problems) : options;

        T Value<T>(Option<string?> option, T unless)
            where T : struct, Enum => parsed.GetValue(option) is { } word ? ParseJsonName<T>(word) : unless;
    }

    private static string[] Approaches() => JsonNames<FitApproach>();

    private static string[] JsonNames<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(JsonName)];

    /// <summary>A value's word, as JSON has it.</summary>
    public static string JsonName<T>(T value)
        where T : struct, Enum => JsonSerializer.Serialize(value, Names).Trim('"');

    private static T ParseJsonName<T>(string word)
        where T : struct, Enum => Enum.GetValues<T>().First(v => JsonName(v) == word);

    private static Option<string?> TextOption(string name, string description) =>
        new(name) { Description = description };

    private static Option<string?> ColumnOption(string name, string description, string otherwise) =>
        TextOption(name, $"{description} (default: {otherwise})");

    private static Option<string?> ChoiceOption(string name, string description, string[] words)
    {
        var option = TextOption(name, $"{description}: {string.Join(", ", words)}");
        option.Validators.Add(OneOf(name, words));
        return option;
    }

    private static Action<OptionResult> OneOf(string name, string[] words) => result =>
    {
        foreach (var token in result.Tokens.Where(t => !words.Contains(t.Value)))
            result.AddError($"{name} is '{token.Value}'; one of {string.Join(", ", words)} is expected");
    };
}
