using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Datasets;
using ScalingLab.Evaluation.Models;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>
/// <c>lab data cloze GRID --out FILE.jsonl</c>: a task of a grid's own held-out text, for <c>lab eval --task</c> and
/// the grid's "evaluate".
/// </summary>
internal static class ClozeCommand
{
    private const int DefaultQuestions = 500;

    // With the space after it; whose text has fewer words in so many is passed over.
    private const double BytesAWord = 10;

    public static Command Create(Screen screen, LabHome home)
    {
        var (grid, unless) = (new GridOptionSet(), new ClozeOptions());
        var file = new Option<string>("--out") { Description = "The task's file, .jsonl", Required = true };
        var questions = RunOptions.PositiveInteger("--questions",
            $"Most questions, one a held-out document; {DefaultQuestions} unless given");
        var words = RunOptions.PositiveInteger("--words", $"Words that are read; {unless.Words} unless given", 10_000);
        var ending = RunOptions.PositiveInteger("--ending-words",
            $"Words of each ending; {unless.EndingWords} unless given", 10_000);
        var choices = RunOptions.PositiveInteger("--choices",
            $"Endings to choose from; {unless.Choices} unless given", 100);
        var seed = new Option<int>("--seed") { Description = "Seeds which other endings, and their order; 1 unless given",
            DefaultValueFactory = _ => 1 };
        var command = new Command("cloze", "Make a task of a grid's held-out text: which ending is the document's own?")
        {
            file, questions, words, ending, choices, seed,
        };
        grid.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(screen, home, grid.Bind(parsed),
            new Request(parsed.GetRequiredValue(file), parsed.GetValue(questions) ?? DefaultQuestions,
                new ClozeOptions(parsed.GetValue(words) ?? unless.Words, parsed.GetValue(ending) ?? unless.EndingWords,
                    parsed.GetValue(choices) ?? unless.Choices, parsed.GetValue(seed))), stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, GridRequest given, Request request,
        CancellationToken stop)
    {
        if (request.Cloze.Choices < 2) throw new InputException("--choices", "is 1; at least 2 are to choose from");
        // What the grid asks of its runs may be the very file that is made here.
        var grid = (given with { Overrides = [.. given.Overrides, "evaluate=null"] }).Read();
        if (grid.Data.Teacher is not null)
            throw new InputException("GRID", "has a source of known entropy, whose tokens stand for no text");
        var lines = await LongOperation.RunAsync(screen, $"preparing {given.File}", work =>
            Make(PreparedSweep.PrepareData(work.WriteLine, home, grid.Data, stop), request), stop);
        if (lines.Count == 0)
            throw new InputException("--words", $"fewer than {request.Cloze.Choices} held-out documents have so many "
                + "words; lower it or --ending-words");
        LabHome.WriteOutput("--out", request.File, string.Concat(lines.Select(line => line + "\n")));
        screen.Out.WriteLine($"{Quantity.Count(lines.Count, "question")} of {request.Cloze.Choices} endings in "
            + $"{LabHome.DisplayPath(request.File)}.");
        return CliHost.Success;
    }

    private static IReadOnlyList<string> Make(PreparedData data, Request request)
    {
        var tokenizer = data.LoadTokenizer();
        var bytes = (request.Cloze.Words + request.Cloze.EndingWords) * BytesAWord;
        var length = (int)Math.Ceiling(bytes * data.ValidationTokens / data.ValidationBytes);
        var texts = HeldOutTexts.Read(data.Folder, tokenizer.EndOfDocument, length, request.Questions);
        // The last word may be cut.
        var whole = texts.Select(tokens => tokenizer.Decode(tokens))
            .Select(text => text[..Math.Max(0, text.LastIndexOf(' '))]);
        return ClozeQuestions.Make([.. whole], request.Cloze);
    }

    private sealed record Request(string File, int Questions, ClozeOptions Cloze);
}
