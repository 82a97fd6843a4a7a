using System.CommandLine;
using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli;

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
    public static NoticeOptions? Of(string? given)
    {
        if (given is null) return null;
        if (Uri.TryCreate(given, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" && url.Host.Length > 0)
            return new NoticeOptions(url);
        // It is not repeated: it may hold a secret.
        throw new InputException(Name, "is no http or https address: give one in full, as https://host/path");
    }
}
