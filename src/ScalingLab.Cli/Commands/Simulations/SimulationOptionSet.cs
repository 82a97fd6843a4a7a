using System.CommandLine;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Options;
using ScalingLab.Lab.Designs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary>What simulations of sweeps have in common: the truth, its noise, how often, how each is fitted.</summary>
internal sealed class SimulationOptionSet
{
    private const int DefaultBootstrap = 200;

    private readonly Option<string?> _law =
        LawOption.Create("The true law: E=1.8,A=406,B=410,alpha=0.34,beta=0.28; a named design has its own");
    private readonly Option<double?> _noise =
        new("--noise") { Description = "Standard deviation of ln loss from run to run, 0.005 unless given or known" };
    private readonly Option<double?> _failures =
        new("--failures") { Description = "Share of runs that leave no loss; none unless given" };
    private readonly Option<int?> _seeds =
        RunOptions.PositiveInteger("--seeds", "Runs of each cell; the grid's own unless given", most: 1000);
    private readonly Option<int?> _trials =
        RunOptions.PositiveInteger("--trials", "How often the sweep is simulated; 200 unless given", most: 100_000);
    private readonly Option<int?> _bootstrap =
        new("--bootstrap") { Description = "Bootstrap draws of each fit; 200 unless given, 0 for none" };
    private readonly Option<int> _seed =
        new("--seed") { Description = "Seeds the noise", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _threads =
        RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
    private readonly Option<bool> _json = new("--json") { Description = "JSON on standard output instead of a table" };
    private readonly Option<bool> _anyPath = GridOptionSet.AllowPathsOption();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_law, _noise, _failures, _seeds, _trials, _bootstrap, _seed, _threads, _json,
            _anyPath])
            command.Add(option);
    }

    public bool AnyPath(ParseResult parsed) => parsed.GetValue(_anyPath);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public int? Seeds(ParseResult parsed) => parsed.GetValue(_seeds);

    public int? Trials(ParseResult parsed) => parsed.GetValue(_trials);

    public ParametricLaw? Law(ParseResult parsed, SweepDesign? design, List<Problem> problems)
    {
        if (parsed.GetValue(_law) is { } text) return LawParser.Parse(text, problems);
        if (design is { Law: null })
            problems.Add(new Problem("--law", "a grid has no law of its own: give one, e.g. "
                + "E=1.8,A=406,B=410,alpha=0.34,beta=0.28"));
        return design?.Law;
    }

    public double Noise(ParseResult parsed, SweepDesign? design, List<Problem> problems)
    {
        if (parsed.GetValue(_noise) is not { } noise) return design?.Noise ?? 0.005;
        if (noise is not (>= 0 and <= 1))
            problems.Add(new Problem("--noise", FormattableString.Invariant($"is {noise}; 0 to 1 is expected")));
        return noise;
    }

    public double Failures(ParseResult parsed, List<Problem> problems)
    {
        var share = parsed.GetValue(_failures) ?? 0;
        if (share is not (>= 0 and < 1))
            problems.Add(new Problem("--failures",
                FormattableString.Invariant($"is {share}; 0 to less than 1 is expected")));
        return share;
    }

    /// <exception cref="InputException">The number of draws cannot be.</exception>
    public FitOptions Fits(ParseResult parsed)
    {
        var fits = new FitOptions
        {
            Bootstrap = parsed.GetValue(_bootstrap) ?? DefaultBootstrap,
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        };
        return fits.Problems() is { Count: > 0 } problems
            ? throw new InputException([.. problems.Select(problem => new Problem("options", problem))]) : fits;
    }
}
