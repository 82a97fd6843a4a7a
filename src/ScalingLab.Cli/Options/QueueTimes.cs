using System.CommandLine;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Options;

/// <summary>When a sweep may run, as a person says it.</summary>
internal sealed class TimeOptionSet
{
    private readonly Option<string?> _window = new("--window")
    {
        Description = "When it may run, e.g. 20:00-08:00, or 'mon-fri 20:00-08:00 Europe/Berlin'; none takes it back",
    };

    private readonly Option<string?> _deadline = new("--deadline")
    {
        Description = "Start nothing that cannot end by then: 07:30, or 2026-11-24T07:30+01:00; none takes it back",
    };

    public void AddTo(Command command)
    {
        command.Add(_window);
        command.Add(_deadline);
    }

    public QueueTimes Bind(ParseResult parsed) => new(parsed.GetValue(_window), parsed.GetValue(_deadline));
}

/// <summary>A window and a deadline as typed; null leaves what stands, <see cref="None"/> takes it back.</summary>
internal sealed record QueueTimes(string? Window, string? Deadline)
{
    /// <summary>Takes a setting back that an earlier call gave.</summary>
    public const string None = "none";

    /// <summary>Whether anything was said of the times.</summary>
    public bool IsGiven => Window is not null || Deadline is not null;

    /// <summary>What they change in a sweep's settings; what cannot be read is a problem.</summary>
    public Func<SweepSettings, SweepSettings> ToSettingsChange(DateTimeOffset now, List<Problem> problems)
    {
        string? window = null;
        DateTimeOffset? deadline = null;
        if (Window is not (null or None))
            CollectProblems(problems, () => window = TimeWindow.ParseLocal(Window, "--window").ToString());
        if (Deadline is not (null or None))
            CollectProblems(problems,
                () => deadline = TimeParser.ParseMoment(Deadline, now, TimeZoneInfo.Local, "--deadline"));
        return standing => standing with
        {
            Window = Window is null ? standing.Window : window,
            Deadline = Deadline is null ? standing.Deadline : deadline,
        };
    }

    /// <summary>Takes the problems of a check over.</summary>
    public static void CollectProblems(List<Problem> problems, Action check)
    {
        try
        {
            check();
        }
        catch (InputException e)
        {
            problems.AddRange(e.Problems);
        }
    }
}
