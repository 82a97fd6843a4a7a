using System.CommandLine;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Options;

/// <summary><c>--notify URL</c>: who is told that a sweep has ended.</summary>
internal static class NotifyOption
{
    public const string Name = "--notify";

    public static Option<string?> Create() => new(Name)
    {
        Description = "http or https address that is told, by a POST with one line of JSON, when a sweep has ended",
    };

    /// <summary>Who is told; null where nobody is.</summary>
    /// <exception cref="InputException">It is no such address.</exception>
    public static NoticeOptions? Parse(string? given) =>
        given is null ? null : new NoticeOptions(WebAddress.Parse(Name, given, "https://host/path"));
}
