using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Evaluation.Models;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>
/// <c>lab judge RUN_A RUN_B</c>: a person prefers one of two models' texts, without being told whose is whose.
/// </summary>
internal static class JudgeCommand
{
    private const int DefaultPairs = 20;

    public static Command Create(Screen screen, LabHome home)
    {
        var (first, second) = (ModelArgument.Create("RUN_A"), ModelArgument.Create("RUN_B"));
        var pairs =
            RunOptions.PositiveInteger("--pairs", $"How many texts of each; {DefaultPairs} unless given", 10_000);
        var answers = new Option<string>("--answers")
        {
            Description = "File of answers, a JSON line each; what is in it is not asked again",
            DefaultValueFactory = _ => "judged.jsonl",
        };
        var decoding = new DecodingOptionSet();
        var (threads, device, engine) = (RunOptions.ThreadsOption(), RunOptions.DeviceOption(), EngineOption.Create());
        var place = LedgerOption.Create();
        var command = new Command("judge", "Compare two models' texts blindly, pair by pair")
        {
            first, second, pairs, answers, threads, device, engine, place,
        };
        foreach (var option in decoding.All) command.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            var here = home.WithEngine(parsed, engine);
            ModelSession Session(Argument<string> run)
            {
                var model = Find(run.Name, () => ModelChoice.Find(home,
                    LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(run),
                    parsed.GetValue(threads) ?? 1, parsed.GetValue(device)!));
                return ModelSession.Open(new ScreenOperations(screen), WorkerPrograms.Find(here), model);
            }

            var problems = new List<Problem>();
            (JudgedPairs? judged, ModelSession? a, ModelSession? b) = (null, null, null);
            problems.Collect(() => judged = ReadAnswers(parsed.GetRequiredValue(answers)));
            problems.Collect(() => a = Session(first));
            problems.Collect(() => b = Session(second));
            if (problems.Count > 0) throw new InputException(problems);
            if (a!.Model.Device != "cpu") await DeviceSelection.RequireAsync(here, a.Model.Device, stop);
            RequireAlike(a.Model.Spec!, b!.Model.Spec!);
            var how = decoding.Read(parsed, Math.Min(a.Context, b.Context), a.End);
            var asked = await PairsAsync((a, b), parsed.GetValue(pairs) ?? DefaultPairs, decoding.PromptTokens(parsed),
                how, stop);
            await AskAsync(screen, judged!, [.. asked.Where(p => !judged!.Has(p))], stop);
            Show(screen, judged!, asked[0]);
            return CliHost.Success;
        });
        return command;
    }

    /// <exception cref="InputException">The model cannot be had, or is no run's: problems of that argument.</exception>
    private static SavedModel Find(string argument, Func<SavedModel> find)
    {
        try
        {
            var model = find();
            return model.Spec is not null ? model
                : throw new InputException(argument, $"{model.Name} is a model from elsewhere, whose held-out text "
                    + "is not known here; choose a run");
        }
        catch (InputException e)
        {
            throw new InputException(
                [.. e.Problems.Select(p => p.Place == "RUN" ? p with { Place = argument } : p)]);
        }
    }

    private static JudgedPairs ReadAnswers(string file)
    {
        if (!file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            throw new InputException("--answers", $"is '{file}'; a file that ends in .jsonl is expected");
        LabHome.RequireWritable("--answers", Path.GetDirectoryName(Path.GetFullPath(file))!);
        return new JudgedPairs(file);
    }

    /// <exception cref="InputException">The runs are one, or have other held-out texts or tokens.</exception>
    private static void RequireAlike(RunSpec a, RunSpec b)
    {
        if (a.Id == b.Id) throw new InputException("RUN_B", "is the same run as RUN_A");
        if ((a.Data.CorpusHash, a.Data.HeldOut, a.Data.TokenizerHash)
            != (b.Data.CorpusHash, b.Data.HeldOut, b.Data.TokenizerHash))
            throw new InputException("RUN_B", "was trained on another text or with another tokenizer than RUN_A: there "
                + "are no beginnings that neither of them knows");
    }

    /// <summary>Texts of both after the same beginnings; whose stands first is drawn by the seed.</summary>
    private static async Task<IReadOnlyList<JudgedPair>> PairsAsync(
        (ModelSession A, ModelSession B) models, int pairs, int promptTokens, Decoding how, CancellationToken stop)
    {
        var shorter = models.A.Context <= models.B.Context ? models.A : models.B;
        var texts = HeldOutBeginnings.Read(shorter, pairs, promptTokens, how.Tokens);
        var a = await WritingEvaluation.WriteAsync(models.A, texts, promptTokens, how, stop);
        var b = await WritingEvaluation.WriteAsync(models.B, texts, promptTokens, how, stop);
        var coin = new Random(how.Seed);
        var said = string.Create(CultureInfo.InvariantCulture,
            $"prompt {promptTokens}, tokens {how.Tokens}, temperature {how.Temperature}, top-k {how.TopK}, top-p {how.TopP}");
        return [.. texts.Select((text, i) => new JudgedPair(
            models.A.Model.Name, models.B.Model.Name, said,
            models.A.Tokenizer.Decode(text.AsSpan(0, promptTokens)), a[i], b[i],
            coin.Next(2) == 0 ? Preference.A : Preference.B, Preference.Neither))];
    }

    /// <summary>Asks until all is answered, the input ends, or the person has had enough.</summary>
    private static async Task AskAsync(
        Screen screen, JudgedPairs judged, IReadOnlyList<JudgedPair> pairs, CancellationToken stop)
    {
        foreach (var (i, pair) in pairs.Index())
        {
            var isAFirst = pair.ShownFirst == Preference.A;
            screen.Out.WriteLine($"--- {i + 1} of {pairs.Count}: the text begins\n{pair.Prompt}");
            screen.Out.WriteLine($"--- 1\n{(isAFirst ? pair.TextA : pair.TextB)}");
            screen.Out.WriteLine($"--- 2\n{(isAFirst ? pair.TextB : pair.TextA)}");
            Preference? preferred = null;
            while (preferred is null)
            {
                screen.Out.Write("Which goes on better: 1, 2, = (neither), or q (enough)? ");
                screen.Out.Flush();
                switch ((await Console.In.ReadLineAsync(stop))?.Trim())
                {
                    case "1":
                        preferred = pair.ShownFirst;
                        break;
                    case "2":
                        preferred = isAFirst ? Preference.B : Preference.A;
                        break;
                    case "=":
                        preferred = Preference.Neither;
                        break;
                    case null or "q":
                        screen.Out.WriteLine();
                        return;
                }
            }

            judged.Add(pair with { Preferred = preferred.Value });
        }
    }

    private static void Show(Screen screen, JudgedPairs judged, JudgedPair like)
    {
        var (a, b, neither) = judged.Count(like.RunA, like.RunB, like.How);
        screen.Out.WriteLine($"A is {like.RunA}: preferred {Times(a)}. B is {like.RunB}: {Times(b)}. Neither: "
            + $"{Times(neither)}.");
        if (JudgedPairs.WinRate(a, b) is var (share, range))
        {
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"B wins {share:P1} of those with a preference (95 %: {range.Low:P1} to {range.High:P1})."));
        }
    }

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";
}
