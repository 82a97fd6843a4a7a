using System.CommandLine;
using ScalingLab.Cli.Options;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Models;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>What <c>lab eval</c> can ask of a model, beside texts.</summary>
internal sealed class EvalOptionSet
{
    private readonly Option<string[]> _tasks = new("--task")
    {
        Description = "A task's JSON lines, as lm-evaluation-harness has HellaSwag, ARC, PIQA, LAMBADA, SQuAD, or "
            + "query, choices, gold; may be given again",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int?> _limit =
        RunOptions.PositiveInteger("--limit", "Only the first so many documents of each task");

    private readonly Option<int?> _generate = RunOptions.PositiveInteger("--generate",
        "Go on with that many held-out documents, and compare with how they go on", 100_000);

    private readonly DecodingOptionSet _decoding = new();

    private readonly Option<string?> _train = new("--classify")
    {
        Description = "Tell topics of texts: a CSV or TSV file of training texts; --classify-test has the others",
    };

    private readonly Option<string?> _test =
        new("--classify-test") { Description = "The texts whose topics are told, with the same columns" };

    private readonly Option<string> _label =
        new("--label") { Description = "The column of topics", DefaultValueFactory = _ => "category" };

    private readonly Option<string> _text = new("--text")
    {
        Description = "The columns of text, with commas", DefaultValueFactory = _ => "headline,text",
    };

    private readonly Option<bool> _fineTune = new("--fine-tune")
    {
        Description = "With --classify: tell the topics by the model trained on with the texts of TRAIN, too",
    };

    private readonly Option<bool> _everyRun = new("--every-run")
    {
        Description = "Score all finished runs of a sweep and keep the scores as columns of its runs.csv: --task and "
            + "--generate, or what its grid asks for",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
    [
        _everyRun, _tasks, _limit, _generate, .. _decoding.All, _train, _test, _label, _text, _fineTune,
    ];

    /// <summary>Texts with topics; null where none are given.</summary>
    /// <exception cref="InputException">One file without the other, or what is wrong with them.</exception>
    public TopicTexts? Topics(ParseResult parsed) => (parsed.GetValue(_train), parsed.GetValue(_test)) switch
    {
        (null, null) => null,
        (null, _) => throw new InputException("--classify", "is not given: the classifiers need training texts"),
        (_, null) => throw new InputException("--classify-test", "is not given: what a classifier is tested on are "
            + "other texts than those that it was trained on"),
        var (train, test) => TopicTexts.Read(train, test, parsed.GetRequiredValue(_label),
            parsed.GetRequiredValue(_text)),
    };

    /// <summary>Options that were given and change nothing of what is asked.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="tasks">The tasks that are asked.</param>
    /// <param name="stride">The option of losses, and whether any is asked.</param>
    public IEnumerable<Problem> WithoutEffect(ParseResult parsed, IReadOnlyList<TaskFile> tasks,
        (Option Option, bool Counts) stride)
    {
        var (generates, classifies) = (Generate(parsed) is not null, parsed.GetValue(_train) is not null);
        var writes = generates || tasks.Any(task => task.Kind == TaskKind.Squad);
        const string Writing = "--generate and to tasks whose answers are written (squad)";
        (Option Option, bool Counts, string Of)[] all =
        [
            (stride.Option, stride.Counts, "texts (FILE)"), (_limit, tasks.Count > 0, "--task"),
            (_label, classifies, "--classify"), (_text, classifies, "--classify"),
            (_fineTune, classifies, "--classify TRAIN and --classify-test TEST"),
            (_decoding.ForPrompts, generates, "--generate"),
            .. _decoding.ForWriting.Select(option => (option, writes, Writing)),
            (_decoding.ForDraws, writes || classifies, $"{Writing}, and to --classify"),
        ];
        return all.Where(one => !one.Counts && parsed.GetResult(one.Option) is { Implicit: false })
            .Select(one => new Problem(one.Option.Name,
                $"changes nothing of what is asked; it belongs to {one.Of}: leave it out"));
    }

    /// <summary>Whether topics are told by the model trained on, too.</summary>
    public bool FineTunes(ParseResult parsed) => parsed.GetValue(_fineTune);

    /// <summary>Seeds draws and parts.</summary>
    public int Seed(ParseResult parsed) => _decoding.Seed(parsed);

    /// <summary>Files of tasks.</summary>
    public string[] Tasks(ParseResult parsed) => parsed.GetValue(_tasks) ?? [];

    /// <summary>Documents of each task; null: all.</summary>
    public int? Limit(ParseResult parsed) => parsed.GetValue(_limit);

    /// <summary>Held-out documents to go on with; null: none.</summary>
    public int? Generate(ParseResult parsed) => parsed.GetValue(_generate);

    /// <summary>Tokens of each that are read.</summary>
    public int PromptTokens(ParseResult parsed) => _decoding.PromptTokens(parsed);

    /// <summary>Whether every finished run of a sweep is asked.</summary>
    public bool IsOfEveryRun(ParseResult parsed) => parsed.GetValue(_everyRun);

    /// <summary>What every finished run of a sweep is asked; none where the options name nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="idle">What else has no meaning for that.</param>
    /// <exception cref="InputException">An option has no meaning for that, or two tasks have one name.</exception>
    public IReadOnlyList<RunTask> RunTasks(ParseResult parsed, IReadOnlyList<Symbol> idle)
    {
        List<Problem> problems =
        [
            .. ((IEnumerable<Symbol>)[.. idle, _train, _test, _fineTune, .. _decoding.Sampling])
                .Where(symbol => parsed.GetResult(symbol) is { Tokens.Count: > 0 })
                .Select(symbol => new Problem(symbol.Name, "has no meaning with --every-run: tasks are scored, and "
                    + "answers written greedily")),
        ];
        var tokens = _decoding.Tokens(parsed);
        List<RunTask> tasks =
        [
            .. Tasks(parsed).Select(file => new RunTask(RunTask.NameOf(file), Path.GetFullPath(file))
            {
                Limit = Limit(parsed), Tokens = tokens,
            }),
        ];
        if (Generate(parsed) is { } documents)
            tasks.Add(new RunTask(RunTask.HeldOut, null)
                { Limit = documents, PromptTokens = PromptTokens(parsed), Tokens = tokens });
        problems.AddRange(tasks.CountBy(task => task.Name, StringComparer.OrdinalIgnoreCase).Where(n => n.Value > 1)
            .Select(n => new Problem("--task", $"{n.Value} files would be called '{n.Key}' in runs.csv; give the grid's "
                + "\"evaluate\" names for them")));
        return problems.Count == 0 ? tasks : throw new InputException(problems);
    }

    /// <summary>How the model writes, ended by an end of document.</summary>
    /// <exception cref="InputException">The context has no room for so many tokens.</exception>
    public Decoding Decoding(ParseResult parsed, ModelSession session) =>
        _decoding.Read(parsed, session.Context, session.End);
}
