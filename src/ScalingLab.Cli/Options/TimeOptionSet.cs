using System.CommandLine;
using ScalingLab.Lab.Requests;

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
