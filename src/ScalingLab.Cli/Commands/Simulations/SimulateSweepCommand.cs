using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Simulations;
using ScalingLab.Lab.Designs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary><c>lab simulate sweep GRID --law ...</c>: what a sweep would recover of a law that is known.</summary>
internal static class SimulateSweepCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options)
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>What was asked for.</summary>
    private sealed record Request(SweepDesign Design, SimulatedSweep Sweep, IReadOnlyList<LawTarget> Targets,
        int Trials, FitOptions Fits, bool Json);

    public static Command Create(Screen screen)
    {
        var options = new SimulationOptionSet();
        var design = new Argument<string>("GRID")
        {
            Description = $"A grid's JSON file, or a design of the coverage study: {SweepDesign.Names}",
        };
        var targets = TargetOption.CreateForSeveral();
        var command = new Command("sweep",
            "What a grid would recover of a known law: bias, error, width, coverage, cost")
        {
            design, targets,
        };
        options.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(screen, Bind(parsed, options, parsed.GetRequiredValue(design),
            parsed.GetValue(targets) ?? [], stop), stop));
        return command;
    }

    private static Request Bind(ParseResult parsed, SimulationOptionSet options, string name,
        IReadOnlyList<string> asked, CancellationToken stop)
    {
        var problems = new List<Problem>();
        SweepDesign? design = null;
        problems.Collect(() => design = SweepDesign.Read(name, options.AnyPath(parsed)));
        var law = options.Law(parsed, design, problems);
        var noise = options.Noise(parsed, design, problems);
        var failures = options.Failures(parsed, problems);
        var targets = asked.Select(text => TargetParser.Parse(text, problems)).OfType<LawTarget>().ToList();
        if (problems.Count > 0) throw new InputException(problems);
        var sweep = new SimulatedSweep(law!, design!.Cells)
        {
            Noise = noise, Failures = failures, Seeds = options.Seeds(parsed) ?? design.Seeds,
        };
        var perToken = ComputePerToken.From(design.Cells);
        var beyond = 10 * design.Cells.Max(cell => cell.Flops);
        if (targets.Count == 0)
        {
            targets.Add(new LawTarget(LawTargetKind.OptimalParameters,
                FormattableString.Invariant($"N_opt@{beyond:0.##e0}"), beyond));
        }

        return new Request(design, sweep,
            [.. LawTarget.OfLaw, .. targets.Select(target => target with { FlopsPerToken = perToken })],
            options.Trials(parsed) ?? 200, options.Fits(parsed) with { Stop = stop }, options.Json(parsed));
    }

    private static async Task<int> RunAsync(Screen screen, Request request, CancellationToken stop)
    {
        var found = await LongOperation.RunAsync(screen, $"simulating {request.Trials} sweeps", work =>
            RecoveryStudy.Run(request.Sweep, request.Targets, request.Trials, request.Fits with { Progress = work }),
            stop);
        if (request.Json) screen.Out.WriteLine(JsonSerializer.Serialize(Document(request, found), Json));
        else RecoveryView.Show(screen, request.Design, request.Sweep, found);
        return CliHost.Success;
    }

    private static object Document(Request request, Recovery found) => new
    {
        request.Design.Description,
        request.Sweep.Law,
        request.Sweep.Noise,
        request.Sweep.Seeds,
        request.Sweep.Failures,
        request.Sweep.Runs,
        request.Sweep.Flops,
        found.Trials,
        Seed = request.Fits.Seed,
        Statuses = found.Statuses.ToDictionary(one => Fits.FitOptionSet.JsonName(one.Status), one => one.Count),
        Quantities = found.Rows,
    };
}
