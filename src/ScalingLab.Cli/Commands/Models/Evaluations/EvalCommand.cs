using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Streams;
using ScalingLab.Evaluation.Models;
using ScalingLab.Evaluation.Results;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>
/// <c>lab eval RUN</c>: perplexity and bits per byte of any text under a finished run's model, and what the model can
/// do (docs/evaluation.md).
/// </summary>
internal static class EvalCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var run = ModelArgument.Create();
        var files =
            new Argument<string[]>("FILE") { Description = "Text files, UTF-8", Arity = ArgumentArity.ZeroOrMore };
        var stride =
            RunOptions.PositiveInteger("--stride", "New tokens in each window; the context unless given: less gives "
                + "each token a longer past");
        var more = new EvalOptionSet();
        var threads = RunOptions.ThreadsOption();
        var device = RunOptions.DeviceOption();
        var engine = EngineOption.Create();
        var json = new Option<string?>("--json")
        {
            Description = "Write all, with the scores of each document, to this file; - prints it instead of tables",
        };
        var place = LedgerOption.Create();
        var command = new Command("eval",
            "Loss of texts under a finished run's model, and what it can do: tasks, held-out texts, topics")
        {
            run, files, stride, threads, device, engine, json, place,
        };
        foreach (var option in more.All) command.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            var here = home.WithEngine(parsed, engine);
            var (texts, output) = (parsed.GetValue(files) ?? [], parsed.GetValue(json));
            if (more.IsOfEveryRun(parsed))
                return await EveryRunEvaluation.RunAsync(screen, here, LedgerPlace.Find(parsed.GetValue(place), home),
                    new(parsed.GetRequiredValue(run), more.RunTasks(parsed, [files, stride, json]),
                        parsed.GetValue(threads) ?? 1, parsed.GetValue(device)!), stop);
            var (tasks, topics) = ReadQuestions(parsed, texts, output, more, stride);
            var model = ModelChoice.Find(
                home, LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(run),
                parsed.GetValue(threads) ?? 1, parsed.GetValue(device)!);
            if (model.Device != "cpu") await DeviceSelection.RequireAsync(here, model.Device, stop);
            var session = ModelSession.Open(new ScreenOperations(screen), WorkerPrograms.Find(here), model);
            var losses = texts.Length == 0 ? []
                : await LossesAsync(session, texts, parsed.GetValue(stride) ?? session.Context, stop);
            SayReplaced(screen, texts);
            var results = await TasksAsync(session, tasks, more, parsed, stop);
            if (topics is not null)
            {
                results.AddRange(await TopicEvaluation.RunAsync(session, topics, more.Seed(parsed), stop));
                if (more.FineTunes(parsed))
                    results.Add(await FineTunedTopics.RunAsync(session, topics, more.Seed(parsed), stop));
            }

            Answer(screen, output, new EvalDocument(
                model.Name, ParameterCount.For(model.Shape).Total, model.Spec?.Tokens, losses, results));
            return CliHost.Success;
        });
        return command;
    }

    // The worker reads such bytes as U+FFFD, as every text is read.
    private static void SayReplaced(Screen screen, string[] texts)
    {
        foreach (var text in texts)
        {
            if (Utf8Text.InvalidSequences(InputFile.ReadBytes(text, FileKind.Text)) is > 0 and var replaced)
                screen.Error.WriteLine($"data: {Quantity.Count((int)replaced, "byte sequence")} of {text} "
                    + (replaced == 1 ? "was not UTF-8 and was" : "were not UTF-8 and were") + " replaced by U+FFFD");
        }
    }

    /// <exception cref="InputException">What is asked cannot be, or nothing is: every problem.</exception>
    private static (IReadOnlyList<TaskFile> Tasks, TopicTexts? Topics) ReadQuestions(
        ParseResult parsed, string[] texts, string? output, EvalOptionSet more, Option stride)
    {
        var problems = new List<Problem>();
        IReadOnlyList<TaskFile> tasks = [];
        TopicTexts? topics = null;
        problems.Collect(() => RequireOutput(output));
        problems.Collect(() => RequireReadable(texts));
        problems.Collect(() => tasks = TaskReader.Read(more.Tasks(parsed), more.Limit(parsed)));
        problems.Collect(() => topics = more.Topics(parsed));
        if (problems.Count == 0 && texts.Length + tasks.Count == 0 && more.Generate(parsed) is null && topics is null)
            problems.Add(new Problem("FILE", "nothing is asked: give texts, --task FILE, --generate N or --classify "
                + "FILE"));
        else if (problems.Count == 0)
            problems.AddRange(more.WithoutEffect(parsed, tasks, (stride, texts.Length > 0)));
        return problems.Count > 0 ? throw new InputException(problems) : (tasks, topics);
    }

    private static async Task<List<TaskResult>> TasksAsync(
        ModelSession session, IReadOnlyList<TaskFile> tasks, EvalOptionSet more, ParseResult parsed,
        CancellationToken stop)
    {
        var results = new List<TaskResult>();
        if (tasks.Count == 0 && more.Generate(parsed) is null) return results;
        var how = more.Decoding(parsed, session);
        foreach (var task in tasks) results.Add(await TaskEvaluation.RunAsync(session, task, how, stop));
        if (more.Generate(parsed) is not { } documents) return results;
        var read = more.PromptTokens(parsed);
        var texts = HeldOutBeginnings.Read(session, documents, read, how.Tokens);
        results.Add(await WritingEvaluation.RunAsync(session, texts, read, how, stop));
        return results;
    }

    private static Task<IReadOnlyList<TextLoss>> LossesAsync(
        ModelSession session, string[] texts, int stride, CancellationToken stop)
    {
        if (stride > session.Context)
            throw new InputException("--stride", $"is {stride}; at most the context, {session.Context}");
        var question = new TextLossRequest(session.Model, [.. texts.Select(Path.GetFullPath)], stride);
        var what = texts is [var one] ? $"reading {one}" : $"reading {texts.Length} texts";
        return session.Operations.RunAsync<IReadOnlyList<TextLoss>>(what, async _ =>
        {
            var losses = new List<TextLoss>();
            var asked = new ModelQuestion("--evaluate", session.Model, [RunJson.Serialize(question)], "FILE");
            await foreach (var line in asked.AskAsync(session.Worker, stop))
                losses.Add(RunJson.Deserialize<TextLoss>(line));
            return losses;
        }, stop);
    }

    /// <summary>A text that was meant to be read, as an older command line may name it, is not written over.</summary>
    private static void RequireOutput(string? path)
    {
        if (path is null or "-") return;
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException("--json", $"is '{path}'; the name of a file that ends in .json is expected, or -");
        LabHome.RequireWritable("--json", Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static void Answer(Screen screen, string? path, EvalDocument measured)
    {
        if (path is not (null or "-")) LabHome.WriteOutput("--json", path, measured.ToJson());
        if (path == "-") screen.Out.Write(measured.ToJson());
        else EvalView.Show(screen, measured);
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
}
