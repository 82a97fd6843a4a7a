using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Formatting;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Models;

/// <summary>
/// <c>lab eval RUN FILE...</c>: perplexity and bits per byte of any text under a finished run's model.
/// </summary>
internal static class EvalCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var run = ModelChoice.Argument();
        var files =
            new Argument<string[]>("FILE") { Description = "Text files, UTF-8", Arity = ArgumentArity.OneOrMore };
        var stride =
            RunOptions.PositiveInteger("--stride", "New tokens in each window; the context unless given: less gives "
                + "each token a longer past");
        var threads = RunOptions.ThreadsOption();
        var device = RunOptions.DeviceOption();
        var engine = EngineOption.Create();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var place = LedgerOption.Create();
        var command = new Command("eval", "Loss, bits per byte and perplexity of texts under a finished run's model")
        {
            run, files, stride, threads, device, engine, json, place,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var here = home.WithEngine(parsed, engine);
            var texts = parsed.GetRequiredValue(files);
            RequireReadable(texts);
            var model = ModelChoice.Find(
                home, LedgerOption.Place(parsed.GetValue(place), home), parsed.GetRequiredValue(run),
                parsed.GetValue(threads) ?? 1, parsed.GetValue(device)!);
            if (model.Device != "cpu") await DeviceSelection.RequireAsync(here, model.Device, stop);
            var context = model.Shape.Context;
            var step = parsed.GetValue(stride) ?? context;
            if (step > context) throw new InputException("--stride", $"is {step}; at most the context, {context}");
            var question = new TextLossRequest(model, [.. texts.Select(Path.GetFullPath)], step);
            var what = texts is [var one] ? $"reading {one}" : $"reading {texts.Length} texts";
            var answers =
                await LongOperation.RunAsync(screen, what, _ => AskAsync(WorkerPrograms.Find(here), question, stop),
                    stop);
            if (parsed.GetValue(json)) screen.Out.WriteLine(RunJson.Serialize(answers));
            else Show(screen, model, answers);
            return CliHost.Success;
        });
        return command;
    }

    /// <exception cref="InputException">Files that are not there or cannot be read as text: all of them.</exception>
    private static void RequireReadable(IReadOnlyList<string> texts)
    {
        var problems = new List<Problem>();
        foreach (var text in texts)
        {
            try
            {
                InputFile.Read(text, FileKind.Text, _ => true);
            }
            catch (InputException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        if (problems.Count > 0) throw new InputException(problems);
    }

    private static async Task<IReadOnlyList<TextLoss>> AskAsync(WorkerCommand worker, TextLossRequest question,
        CancellationToken stop)
    {
        var answers = new List<TextLoss>();
        var asked = new ModelQuestion("--evaluate", question.Model, RunJson.Serialize(question), "FILE");
        await foreach (var line in asked.AskAsync(worker, stop)) answers.Add(RunJson.Deserialize<TextLoss>(line));
        return answers;
    }

    private static void Show(Screen screen, SavedModel model, IReadOnlyList<TextLoss> answers)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        table.AddColumn(new TableColumn("text").NoWrap());
        foreach (var heading in (string[])["tokens", "bytes", "nats/token", "bits/byte", "perplexity"])
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var (a, name) in answers.Zip(ShortPaths.Shorten([.. answers.Select(a => a.File)])))
        {
            string[] row =
            [
                name, Quantity.Whole(a.Tokens), Quantity.Whole(a.Bytes), Fixed(a.Loss), Fixed(a.BitsPerByte),
                    Fixed(a.Perplexity),
            ];
            table.AddRow([.. row.Select(TerminalText.EscapeMarkup)]);
        }

        screen.Console.Write(table);
        screen.Console.WriteLine(
            (model.Spec is null ? model.Name : $"Run {model.Name}")
                + $", {Quantity.Compact(ParameterCount.For(model.Shape).Total)} parameters"
                + (model.Spec is { } run ? $", {Quantity.Compact(run.Tokens)} tokens." : "."));
    }

    private static string Fixed(double x) => x.ToString("F4", CultureInfo.InvariantCulture);
}
