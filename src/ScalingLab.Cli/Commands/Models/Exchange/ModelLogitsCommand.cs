using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Commands.Models.Exchange;

/// <summary>
/// <c>lab model logits RUN --tokens 1,2,3</c>: a model's logits after each token as lines of JSON, to compare programs.
/// </summary>
internal static class ModelLogitsCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var run = ModelArgument.Create();
        var tokens = new Option<string?>("--tokens") { Description = "Token numbers, as they are: 15496,11,995" };
        var text = new Option<string?>("--text")
        {
            Description = "A text in their place; what begins a text stands before it",
        };
        var threads = RunOptions.ThreadsOption();
        var device = RunOptions.DeviceOption();
        var engine = EngineOption.Create();
        var place = LedgerOption.Create();
        var command = new Command("logits", "Logits after each token, a line of JSON each")
        {
            run, tokens, text, threads, device, engine, place,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var here = home.WithEngine(parsed, engine);
            var (numbers, words) = (Numbers(parsed.GetValue(tokens)), parsed.GetValue(text));
            if ((numbers is null) == (words is null))
                throw new InputException("--tokens", "give either --tokens or --text");
            var model = ModelChoice.Find(
                home, LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(run),
                parsed.GetValue(threads) ?? 1, parsed.GetValue(device)!);
            if (model.Device != "cpu") await DeviceSelection.RequireAsync(here, model.Device, stop);
            var question = new ModelQuestion("--logits", model,
                [RunJson.Serialize(new LogitsRequest(model, numbers, words))], numbers is null ? "--text" : "--tokens");
            await foreach (var line in question.AskAsync(WorkerPrograms.Find(here), stop)) screen.Out.WriteLine(line);
            return CliHost.Success;
        });
        return command;
    }

    private static List<int>? Numbers(string? given)
    {
        if (given is null) return null;
        var (numbers, problems) = (new List<int>(), new List<Problem>());
        foreach (var part in given.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
            else problems.Add(new Problem("--tokens", $"'{part}' is no token's number"));
        }

        return problems.Count == 0 ? numbers : throw new InputException(problems);
    }
}
