using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Advice;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli.Commands.Advice;

/// <summary>
/// <c>lab advise --hours 10 --device rtx4090 --data 2GB</c>: a study that ends in that time, as a grid, and the best
/// single model by the laws that there are.
/// </summary>
internal static partial class AdviseCommand
{
    // Of the ladder's text by its byte-pair vocabulary of as many tokens: loss over bits a byte in its runs.csv.
    private const double BytesPerToken = 3.58;
    private const double Giga = 1e9;
    private const double MostTokens = 1e18; // more than was ever written
    private const double MostHours = 100_000; // eleven years: no card lasts longer

    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    private static readonly Option<double?> Hours = new("--hours") { Description = "Hours by the clock, e.g. 10" };

    private static readonly Option<string?> Money =
        new("--money") { Description = "What it may cost, e.g. \"20 USD\", with --price in place of --hours" };

    private static readonly Option<string?> Data =
        new("--data") { Description = "How much training text there is, e.g. 2GB, 500MB, or 400Mtokens" };

    private static readonly Option<string?> Question = new("--question")
    {
        Description = "scaling (how the best size grows), recipe (which optimizer) or repetition (what passes over the "
            + "same text are worth); scaling unless given",
    };

    private static readonly Option<string?> Results =
        new("--results") { Description = "Results whose law begins the design; those of the ladder unless given" };

    private static readonly Option<string?> Name =
        new("--name") { Description = "The study's name; study unless given" };

    private static readonly Option<string?> Output = new("--out") { Description = "Write the grid to this file" };

    private static readonly Option<bool> IsJson =
        new("--json") { Description = "JSON on standard output instead of tables" };

    public static Command Create(Screen screen, LabHome home)
    {
        var (device, price, ledger) = (PlanDeviceOption.Create(), PriceOption.Create(), LedgerOption.Create());
        var command = new Command("advise",
            "Design a study for the hours, the GPU and the text that there are, and say what single model they pay for")
        {
            Hours, Money, Data, Question, Results, Name, Output, IsJson, device, price, ledger,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var here = await Devices.FindAsync(1, DeviceSelection.GpuSlots, stop);
            var request = Bind(parsed, home, parsed.GetValue(device), here, parsed.GetValue(price) ?? []);
            return await RunAsync(screen, request, LedgerPlace.Find(parsed.GetValue(ledger), home), parsed, stop);
        });
        return command;
    }

    private static AdviceRequest Bind(ParseResult parsed, LabHome home, string? device,
        IReadOnlyList<Store.Records.NodeDevice> here, string[] prices)
    {
        var problems = new List<Problem>();
        var (chosen, price) = (PlanDevice.Here(here), (ComputePrice?)null);
        if (device is not null) problems.Collect(() => chosen = PlanDevice.Parse(device, here));
        problems.Collect(() => price = PriceParser.Parse(prices));
        var hours = HoursOf(parsed, price, chosen.Count, problems);
        var tokens = parsed.GetValue(Data) is { } size ? TokensOf(size, problems) : 0;
        if (parsed.GetValue(Data) is null)
            problems.Add(new Problem("--data", "say how much training text there is, e.g. --data 2GB"));
        var question = StudyQuestion.Scaling;
        if (parsed.GetValue(Question) is { } word)
        {
            if (EnumNames.Find<StudyQuestion>(word) is { } known) question = known;
            else problems.Add(new Problem("--question", $"is '{word}'; scaling, recipe or repetition is expected"));
        }

        var ladder = Path.Combine(home.Root, "results", "ladder");
        var results = parsed.GetValue(Results) ?? (Directory.Exists(ladder) ? ladder : null);
        if (parsed.GetValue(Results) is { } folder)
            problems.Collect(() => LabHome.RequireFolders("--results", folder));
        var name = parsed.GetValue(Name) ?? "study";
        if (GridFile.NameProblem(name) is { } unnamed) problems.Add(new Problem("--name", unnamed));
        if (parsed.GetValue(Output) is { } output) problems.Collect(() => RequireNew(output));
        if (chosen.Sheet is null && !problems.Exists(problem => problem.Place == "--device"))
            problems.Add(new Problem("--device", "name a GPU whose times can be told, e.g. --device rtx4090; on a "
                + "processor begin with 'lab init', and 'lab plan' once a run has been trained"));
        if (problems.Count > 0) throw new InputException(problems);
        return new AdviceRequest(chosen, hours, tokens, question)
        {
            Price = price, Results = results, Name = name,
        };
    }

    private static double HoursOf(ParseResult parsed, ComputePrice? price, int devices, List<Problem> problems)
    {
        var (hours, money) = (parsed.GetValue(Hours), parsed.GetValue(Money));
        if (hours is { } given && !(given is > 0 and <= MostHours))
            problems.Add(new Problem("--hours", FormattableString.Invariant(
                $"is {Quantity.Compact(given)}; hours above 0 and at most {MostHours:N0} are planned, e.g. --hours 10")));
        if (hours is null && money is null)
            problems.Add(new Problem("--hours", "say how long it may take, e.g. --hours 10, or what it may cost: "
                + "--money \"20 USD\" --price \"1.99 USD/h\""));
        if (money is null) return hours ?? 0;
        var match = Amount().Match(money);
        var amount = match.Success ? Quantity.Parse(match.Groups["amount"].Value) : null;
        if (amount is not > 0)
            problems.Add(new Problem("--money", $"is '{money}'; an amount and a currency are expected, as \"20 USD\""));
        else if (price?.PerDeviceHour is not > 0)
            problems.Add(new Problem("--price", "say what an hour of a device costs, as --price \"1.99 USD/h\""));
        else if (price.Currency != match.Groups["currency"].Value)
            problems.Add(new Problem("--money", $"is in {match.Groups["currency"].Value} and --price in "
                + $"{price.Currency}; give one currency"));
        else return Affordable(hours, amount.Value / price.PerDeviceHour.Value / devices, problems);
        return 0;
    }

    private static double Affordable(double? hours, double paid, List<Problem> problems)
    {
        var least = Math.Min(hours ?? double.PositiveInfinity, paid);
        if (least > MostHours)
            problems.Add(new Problem("--money", FormattableString.Invariant(
                $"pays {paid:0.###e0} hours; at most {MostHours:N0} are planned: give less, or --hours too")));
        return least;
    }

    private static void RequireNew(string file)
    {
        if (!file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException("--out", $"{file} is written as a grid: give a name that ends in .json");
        LabHome.RequireNewFile("--out", file);
    }

    private static double TokensOf(string text, List<Problem> problems)
    {
        if (Size().Match(text) is { Success: true } match && Quantity.Parse(match.Groups["amount"].Value) is { } amount
            && amount > 0)
        {
            var scale = match.Groups["scale"].Value.ToUpperInvariant() switch { "G" => Giga, "M" => 1e6, _ => 1e12 };
            var tokens = amount * scale / (match.Groups["unit"].Value == "tokens" ? 1 : BytesPerToken);
            if (tokens <= MostTokens) return tokens;
        }

        problems.Add(new Problem("--data", $"is '{text}'; a size is expected, as 2GB, 500MB or 400Mtokens"));
        return 0;
    }

    private static async Task<int> RunAsync(Screen screen, AdviceRequest request, string place, ParseResult parsed,
        CancellationToken stop)
    {
        using var ledger = Ledger.OpenIfThere(place);
        var (own, study, single) = await LongOperation.RunAsync(screen, "designing a study", _ =>
        {
            var law = request.Results is { } folder ? OwnLaw.Read(folder) : null;
            double Best(double flops) => law?.Optimum(flops, isWhole: false).Parameters
                ?? LawAdvice.RuleOfThumb(flops).Parameters;
            var by = new RunForecaster(request.Device, new GridWorker(), 1)
            {
                Price = request.Price,
                Measured = request.Device.Sheet is { } sheet ? DeviceSpeeds.Read(ledger, sheet) : DeviceSpeeds.None,
            };
            var design = StudyDesign.Create(request, Best, by);
            return (law, design, StudyDesign.CreateSingle(request, Best, by));
        }, stop);
        var laws = LawAdvice.For(single.Flops, own);
        if (parsed.GetValue(Output) is { } file) LabHome.WriteOutput("--out", file, study.Grid);
        if (parsed.GetValue(IsJson))
            screen.Out.WriteLine(JsonSerializer.Serialize(AdviceView.Document(request, study, single, laws), Json));
        else AdviceView.Show(screen, request, study, single, laws, parsed.GetValue(Output));
        return CliHost.Success;
    }

    [GeneratedRegex(@"^\s*(?<amount>[0-9.]+)\s*(?<currency>[^\s0-9/]+)\s*$")]
    private static partial Regex Amount();

    [GeneratedRegex(@"^\s*(?<amount>[0-9.]+)\s*(?<scale>[GMTgmt])\s*(?<unit>[Bb]|tokens)\s*$")]
    private static partial Regex Size();
}
